#include "tests/support/dante.h"

#include <fmt/format.h>

namespace gaikei::support {
namespace {

/// openssl passwd -6 of "proxy-secret".
constexpr const char* kShadow =
    "probe:$6$gaikei12$..gSaRP.BcT.v0LImjowSBEqr99Pn.iHlDKfG5y."
    "uneH2P1jnTbs8Z4m4cFAmR7MT9RfSavVUOzFI"
    "og/IuDn9.:19000:0:99999:7:::\n";

}  // namespace

Dante::Dante(bool wants_credentials) {
  // It asks the system's list of users: in a mount namespace of its own there is one more.
  const std::string users = work_.Write(
      "passwd", ReadFile("/etc/passwd") + "probe:x:4711:4711::/nonexistent:/usr/sbin/nologin\n");
  const std::string shadow = work_.Write("shadow", kShadow);
  const auto command = [&](std::uint16_t port) {
    const std::string config = work_.Write(
        "danted.conf",
        fmt::format("logoutput: stderr\ninternal: 127.0.0.1 port = {}\nexternal: 127.0.0.1\n"
                    "socksmethod: {}\nuser.privileged: root\nuser.unprivileged: nobody\n"
                    "client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}\n"
                    "socks block {{ from: 127.0.0.0/8 to: 127.0.0.9/32 }}\n"
                    "socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect }}\n",
                    port, wants_credentials ? "username" : "none"));
    return std::vector<std::string>{"unshare",
                                    "--mount",
                                    "sh",
                                    "-c",
                                    "mount --bind \"$1\" /etc/passwd && "
                                    "mount --bind \"$2\" /etc/shadow && exec danted -f \"$3\"",
                                    "sh",
                                    users,
                                    shadow,
                                    config};
  };
  daemon_ = std::make_unique<Daemon>(command);
}

}  // namespace gaikei::support
