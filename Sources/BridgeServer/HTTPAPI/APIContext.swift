import Hummingbird
import NIOCore

/// What belongs to one request: Hummingbird's own, and its connection, which an event stream that does not keep up has to
/// close.
package struct APIContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The request's connection.
  let channel: any Channel
  /// Who asks; `nil` where nothing was shown.
  var principal: Principal?

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The person who asks; `nil` for the operator.
  var person: Grant? {
    if case .session(let grant) = principal { grant } else { nil }
  }

  /// What the person's or the invited one's token says. Only for routes that the operator cannot use.
  var grant: Grant {
    get throws(Problem) {
      switch principal {
      case .invitation(let grant), .session(let grant): return grant
      case .operator, nil: throw Problem(.forbidden, "That is for people with an invitation.")
      }
    }
  }
}
