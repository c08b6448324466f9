#pragma once

#include <memory>
#include <optional>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

struct NginxOptions {
  /// Put into the server block, in nginx's own words. Files lie in root(), which is the root.
  std::string server = "location = /hello { return 200 \"hello\\n\"; }";
  /// Put into the http block.
  std::string http = {};
  /// Serves HTTPS beside HTTP when given.
  std::optional<io::CertifiedKey> certificate = {};
  bool http2 = true;  ///< over HTTPS, beside HTTP/1.1
};

/// A real nginx as a child of the test, on loopback. It is handed sockets that already listen, so
/// no port can be lost to somebody else; made means it answers. Throws std::runtime_error with
/// nginx's words when it does not.
class Nginx {
 public:
  explicit Nginx(const NginxOptions& options = {});
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t secure_port() const { return secure_port_; }  ///< 0: no HTTPS
  std::string Url(const std::string& path = "/hello") const;
  std::string SecureUrl(const std::string& path = "/hello") const;
  const TempDir& root() const { return root_; }

  /// Ends it as an operator would (SIGQUIT: what is in flight is finished) and waits for that.
  void Stop();
  /// The error log so far.
  std::string errors() const { return child_->errors(); }

 private:
  std::string Config(const NginxOptions& options) const;

  TempDir root_;
  TempDir work_;
  std::uint16_t port_ = 0;
  std::uint16_t secure_port_ = 0;
  std::unique_ptr<Subprocess> child_;
};

}  // namespace gaikei::support
