#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gaikei {

/// One request to our own HTTP server. Texts are a stranger's.
struct HttpRequest {
  std::string method;
  std::string path;                          ///< decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded; the last of several wins
  std::string repeated;                      ///< of a parameter in it that is given twice: its name
  std::string accept;                        ///< Accept header; empty for none
  std::string authorization;                 ///< Authorization header, secret; empty for none
  std::string body;                          ///< at most 64 KiB
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = "GET, HEAD";  ///< of a 405: the methods that are served
};

/// The program's HTTP server (libmicrohttpd), on threads of its own.
///
/// Limits: 64 connections, 16 KiB of headers, 64 KiB of body, 10 s of silence on a connection. A
/// request whose Host is no loopback name or address while the server listens on loopback is
/// refused (DNS rebinding of browsers).
class HttpServer {
 public:
  /// Called on the server's threads, several at a time.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  /// Listens at once. `listen` is "ADDRESS:PORT" or "[ADDRESS]:PORT"; port 0 takes a free one.
  static tl::expected<std::unique_ptr<HttpServer>, std::string> Start(const std::string& listen,
                                                                      Handler handler);
  /// Ends connections and threads.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:9115": with the port that was really taken.
  const std::string& address() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// True for the Host header of a request that reached a loopback listener honestly: "localhost",
/// 127.0.0.0/8 or [::1], with or without a port. Pure.
bool IsLoopbackHost(std::string_view host);

}  // namespace gaikei
