#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/io/tls/certificate_maker.h"
#include "results/time.h"

namespace gaikei::demo {

/// What a demo server answers.
struct WebAnswer {
  unsigned status = 200;
  std::string body = "hello\n";
  Span delay{0};        ///< before the first byte
  bool stalls = false;  ///< promises more than the body, and never sends it
};

/// An HTTP or HTTPS server on a free port of 127.0.0.1, a thread for each connection, so that an
/// answer may take its time. Destroying it ends whatever is waiting.
class WebServer {
 public:
  /// Called on the connections' threads with the path, several at a time.
  using Handler = std::function<WebAnswer(const std::string& path)>;

  /// `identity` null: plain HTTP. The error is one line.
  static tl::expected<std::unique_ptr<WebServer>, std::string> Start(
      Handler handler, const io::CertifiedKey* identity);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::uint16_t port() const;

 private:
  struct Impl;
  explicit WebServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::demo
