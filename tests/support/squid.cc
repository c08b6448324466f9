#include "tests/support/squid.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/socket.h"

namespace gaikei::support {
namespace {

/// openssl passwd -apr1 of "proxy-secret".
constexpr const char* kUsers = "probe:$apr1$gaikei12$ki6F2hOG8FZVIP/62EfqV0\n";

constexpr const char* kCredentials =
    "auth_param basic program /usr/lib/squid/basic_ncsa_auth {0}/users\n"
    "auth_param basic children 1\n"
    "acl known proxy_auth REQUIRED\n"
    "http_access allow known\n";

}  // namespace

Squid::Squid(bool wants_credentials) {
  const std::string folder = work_.path().string();
  work_.Write("users", kUsers);
  GiveTo("proxy", folder);
  const auto command = [&](std::uint16_t port) {
    const std::string config = fmt::format(
        "http_port 127.0.0.1:{}\nvisible_hostname squid.test\n{}http_access {} all\n"
        "cache deny all\npid_filename none\ncache_log stdio:{}/cache.log\n"
        "access_log stdio:{}/access.log\ncoredump_dir {}\nnetdb_filename none\n"
        "shutdown_lifetime 0 seconds\n",
        port, wants_credentials ? fmt::format(fmt::runtime(kCredentials), folder) : "",
        wants_credentials ? "deny" : "allow", folder, folder, folder);
    return std::vector<std::string>{"/usr/sbin/squid", "-N", "-f",
                                    work_.Write("squid.conf", config)};
  };
  daemon_ = std::make_unique<Daemon>(command, "proxy");
}

std::string Squid::log() const {
  std::string all;
  for (const char* name : {"cache.log", "access.log"}) {
    if (std::filesystem::exists(work_.Path(name))) all += ReadFile(work_.Path(name));
  }
  return all;
}

bool Squid::WaitForLog(const std::string& text) const {
  const auto limit = std::chrono::steady_clock::now() + kFailsafe;
  while (log().find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() >= limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a file tells nobody of its growth
  }
  return true;
}

}  // namespace gaikei::support
