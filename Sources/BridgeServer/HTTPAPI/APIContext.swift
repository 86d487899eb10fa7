import Hummingbird
import NIOCore

/// What belongs to one request: Hummingbird's own, and its connection, which an event stream that does not keep up has to
/// close.
package struct APIContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The request's connection.
  let channel: any Channel

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
