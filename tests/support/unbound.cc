#include "tests/support/unbound.h"

#include <fmt/format.h>
#include <signal.h>

#include <stdexcept>

#include "tests/support/dns_port.h"

namespace gaikei::support {
namespace {

/// Others may take a port between its choice and its use.
constexpr int kAttempts = 5;

}  // namespace

Unbound::Unbound(const UnboundOptions& options) : address_(options.address) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (Start(options)) return;
    if (log().find("in use") == std::string::npos) break;
  }
  throw std::runtime_error("unbound does not answer: " + log());
}

Unbound::~Unbound() {
  child_->Signal(SIGTERM);
  child_->Wait();
}

bool Unbound::Start(const UnboundOptions& options) {
  port_ = options.port != 0 ? options.port : FreeDnsPort(address_);
  child_ = std::make_unique<Subprocess>(SubprocessOptions{
      .argv = {"/usr/sbin/unbound", "-d", "-p", "-c", work_.Write("unbound.conf", Config(options))},
      .network_namespace = options.network_namespace});
  // Its sockets are bound before it says so.
  return child_->WaitForErrors("start of service");
}

std::string Unbound::Config(const UnboundOptions& options) const {
  std::string config = fmt::format(
      "server:\n  interface: {}\n  port: {}\n  directory: \"{}\"\n  chroot: \"\"\n  username: "
      "\"\"\n"
      "  use-syslog: no\n  logfile: \"\"\n  verbosity: 1\n  do-not-query-localhost: no\n"
      "  num-threads: 1\n  access-control: 0.0.0.0/0 allow\n  access-control: ::0/0 allow\n"
      "  module-config: \"{}iterator\"\n{}",
      address_, port_, work_.path().string(), options.trust_anchors.empty() ? "" : "validator ",
      options.server);
  for (const std::string& anchor : options.trust_anchors) {
    config += fmt::format("  trust-anchor: \"{}\"\n", anchor);
  }
  // Names that unbound answers by itself (RFC 6303) are ours when a stub says so.
  for (const UnboundStub& stub : options.stubs) {
    config += fmt::format("  local-zone: \"{}.\" nodefault\n", stub.zone);
  }
  config += "remote-control:\n  control-enable: no\n";
  for (const UnboundStub& stub : options.stubs) {
    config += fmt::format("stub-zone:\n  name: \"{}.\"\n  stub-addr: {}\n", stub.zone, stub.server);
  }
  return config;
}

std::string Unbound::Authority() const {
  return address_.find(':') == std::string::npos ? fmt::format("{}:{}", address_, port_)
                                                 : fmt::format("[{}]:{}", address_, port_);
}

}  // namespace gaikei::support
