#include "tests/support/knot.h"

#include <fmt/format.h>
#include <signal.h>

#include <stdexcept>

#include "tests/support/dns_port.h"

namespace gaikei::support {
namespace {

/// Others may take a port between its choice and its use.
constexpr int kAttempts = 5;

std::string FileOf(const KnotZone& zone) {
  return (zone.name.empty() ? "root" : zone.name) + ".zone";
}

}  // namespace

Knot::Knot(const std::vector<KnotZone>& zones, const KnotOptions& options)
    : address_(options.addresses.front()) {
  for (const KnotZone& zone : zones) work_.Write(FileOf(zone), zone.text);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (Start(zones, options)) return;
    if (log().find("in use") == std::string::npos) break;
  }
  throw std::runtime_error("knotd does not serve: " + log());
}

Knot::~Knot() {
  child_->Signal(SIGTERM);
  child_->Wait();
}

bool Knot::Start(const std::vector<KnotZone>& zones, const KnotOptions& options) {
  port_ = options.port != 0 ? options.port : FreeDnsPort(address_);
  const std::string config = work_.Write("knot.conf", Config(zones, options));
  child_ = std::make_unique<Subprocess>(SubprocessOptions{
      .argv = {"/usr/sbin/knotd", "-c", config}, .network_namespace = options.network_namespace});
  // Said when all zones are loaded.
  if (!child_->WaitForOutput("server started")) return false;
  return child_->output().find("cannot bind") == std::string::npos;
}

std::string Knot::Config(const std::vector<KnotZone>& zones, const KnotOptions& options) const {
  const std::string work = work_.path();
  std::string listen;
  for (const std::string& address : options.addresses) {
    listen += fmt::format("  listen: {}@{}\n", address, port_);
  }
  std::string config = fmt::format(
      "server:\n  rundir: {0}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n{1}{2}"
      "log:\n- target: stdout\n  any: info\n"
      "database:\n  storage: {0}\n  kasp-db-max-size: 32M\n  journal-db-max-size: 32M\n"
      "  timer-db-max-size: 4M\n"
      "policy:\n- id: ours\n  single-type-signing: on\n  algorithm: ecdsap256sha256\n{3}"
      "template:\n- id: default\n  storage: {0}\n  zonefile-sync: -1\n"
      "zone:\n",
      work, listen, options.server, options.policy);
  for (const KnotZone& zone : zones) {
    config += fmt::format("- domain: {}.\n  file: {}\n", zone.name, FileOf(zone));
    if (zone.is_signed) config += "  dnssec-signing: on\n  dnssec-policy: ours\n";
  }
  return config;
}

std::string Knot::Authority() const {
  return address_.find(':') == std::string::npos ? fmt::format("{}:{}", address_, port_)
                                                 : fmt::format("[{}]:{}", address_, port_);
}

std::string Knot::Ds(const std::string& zone) const {
  const Finished finished =
      RunToEnd({.argv = {"/usr/sbin/keymgr", "-c", work_.Path("knot.conf"), zone + ".", "ds"}});
  if (finished.status.code != 0) throw std::runtime_error("keymgr: " + finished.errors);
  // "ZONE. DS ..." is no master file line without a class.
  std::string lines;
  std::size_t begin = 0;
  while (begin < finished.output.size()) {
    const std::size_t end = finished.output.find('\n', begin);
    const std::string line = finished.output.substr(begin, end - begin);
    if (const std::size_t type = line.find(" DS "); type != std::string::npos) {
      lines += line.substr(0, type) + " IN" + line.substr(type) + "\n";
    }
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return lines;
}

}  // namespace gaikei::support
