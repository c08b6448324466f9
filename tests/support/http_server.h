#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/tcp_server.h"

namespace gaikei::support {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One request as it came, the body with its transfer coding undone.
struct HttpRequest {
  std::string method;
  std::string target;   ///< as sent, with its query
  std::string version;  ///< "HTTP/1.1"
  HttpHeaders headers;  ///< names as sent, values trimmed, in order
  std::string body = {};
  std::size_t connection = 0;  ///< number of the connection that brought it, from 0

  /// Value of the first such header, the name in any case; empty when there is none.
  std::string Header(std::string_view name) const;
};

/// One answer.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers = {};  ///< beside what the framing needs
  std::string body = {};
  enum class Framing {
    kLength,   ///< Content-Length
    kChunked,  ///< one chunk
    kClose,    ///< ends with the connection
  } framing = Framing::kLength;
  /// Closes after the answer (and says so).
  bool close = false;
  /// Not empty: these bytes are sent instead of everything above, and the connection is closed.
  std::string raw = {};
};

/// Speaks HTTP/1.1 on one connection until either side closes. Reading a request fails: closes.
void ServeHttp(Connection& connection, const std::function<HttpResponse(HttpRequest)>& handler);

/// Reads one request; absent when the peer closed or what came is no HTTP/1.
std::optional<HttpRequest> ReadHttpRequest(Connection& connection);
/// The bytes of an answer; `is_head`: without the body.
std::string FormatHttpResponse(const HttpResponse& response, bool is_head);

/// An HTTP/1.1 server that answers by a lambda, called on the connection's thread (several at
/// once), and keeps every request. See TlsServer and ServeHttp for HTTPS.
///
/// HttpServer server([](const HttpRequest&) { return HttpResponse{.status = 404}; });
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  explicit HttpServer(Handler handler, const ListenOptions& options = {});
  /// Over what the wrapper makes, for example TLS (TlsServer::Wrap).
  HttpServer(Handler handler, TcpServer::Wrapper wrapper, std::string scheme,
             const ListenOptions& options = {});

  std::uint16_t port() const { return server_.port(); }
  /// "http://127.0.0.1:4711" + path, which begins with a slash.
  std::string Url(const std::string& path = "/") const;
  std::string Authority() const { return server_.Authority(); }
  std::size_t connections() const { return server_.connections(); }

  /// Every request so far, in the order of their arrival. Any thread.
  std::vector<HttpRequest> Requests() const;
  /// Waits for at least `count` requests; false when kFailsafe passes first.
  bool WaitForRequests(std::size_t count) const;

 private:
  HttpResponse Answer(HttpRequest request);

  const Handler handler_;
  const std::string scheme_;
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<HttpRequest> requests_;
  TcpServer server_;  ///< last: its threads use the rest
};

}  // namespace gaikei::support
