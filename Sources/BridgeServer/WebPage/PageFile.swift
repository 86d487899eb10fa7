/// A file of the page that people join from, as it stands in the program.
///
/// Public: it says nothing of any room. Made once; a plain value.
struct PageFile: Sendable {
  /// What a file is to the browser.
  enum Kind: String, Sendable {
    case html = "text/html; charset=utf-8"
    case script = "text/javascript; charset=utf-8"
    case style = "text/css; charset=utf-8"
    case picture = "image/svg+xml"
  }

  let name: String
  let kind: Kind
  let bytes: [UInt8]
  /// Changes with its bytes, so that a browser asks for what it has and gets it only where it is another (RFC 9110, 8.8.3).
  let entityTag: String

  private init(_ name: String, _ kind: Kind, _ bytes: [UInt8]) {
    self.name = name
    self.kind = kind
    self.bytes = bytes
    // FNV-1a: tells versions apart, and has nothing to protect.
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325) { (hash: UInt64, byte) in (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    entityTag = "\"\(String(hash, radix: 16))\""
  }

  /// The page itself.
  static let index = PageFile("index.html", .html, PackageResources.index_html)

  /// What it is made of, by name.
  static let parts: [String: PageFile] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  private static let all = [
    PageFile("api.js", .script, PackageResources.api_js),
    PageFile("audio-panel.js", .script, PackageResources.audio_panel_js),
    PageFile("audio.js", .script, PackageResources.audio_js),
    PageFile("banner.js", .script, PackageResources.banner_js),
    PageFile("base.css", .style, PackageResources.base_css),
    PageFile("call.js", .script, PackageResources.call_js),
    PageFile("chinese.js", .script, PackageResources.chinese_js),
    PageFile("composer.js", .script, PackageResources.composer_js),
    PageFile("controls.js", .script, PackageResources.controls_js),
    PageFile("dom.js", .script, PackageResources.dom_js),
    PageFile("english.js", .script, PackageResources.english_js),
    PageFile("events.js", .script, PackageResources.events_js),
    PageFile("host.js", .script, PackageResources.host_js),
    PageFile("icons.svg", .picture, PackageResources.icons_svg),
    PageFile("invite.js", .script, PackageResources.invite_js),
    PageFile("items.js", .script, PackageResources.items_js),
    PageFile("join.css", .style, PackageResources.join_css),
    PageFile("join.js", .script, PackageResources.join_js),
    PageFile("logo.svg", .picture, PackageResources.logo_svg),
    PageFile("main.js", .script, PackageResources.main_js),
    PageFile("meeting.js", .script, PackageResources.meeting_js),
    PageFile("memory.js", .script, PackageResources.memory_js),
    PageFile("photo.js", .script, PackageResources.photo_js),
    PageFile("quality-view.js", .script, PackageResources.quality_view_js),
    PageFile("quality.js", .script, PackageResources.quality_js),
    PageFile("room.css", .style, PackageResources.room_css),
    PageFile("room.js", .script, PackageResources.room_js),
    PageFile("sdp.js", .script, PackageResources.sdp_js),
    PageFile("seats.js", .script, PackageResources.seats_js),
    PageFile("sharing.js", .script, PackageResources.sharing_js),
    PageFile("things.css", .style, PackageResources.things_css),
    PageFile("things.js", .script, PackageResources.things_js),
    PageFile("window.js", .script, PackageResources.window_js),
    PageFile("words.js", .script, PackageResources.words_js),
  ]
}
