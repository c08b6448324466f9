#include "tests/support/bind.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/ldns.h"
#include "tests/support/dns_port.h"

namespace gaikei::support {
namespace {

/// Others may take a port between its choice and its use.
constexpr int kBindStarts = 5;

std::string Run(const std::vector<std::string>& command, const std::string& directory) {
  const Finished finished = RunToEnd({.argv = command, .cwd = directory});
  if (finished.status.code != 0) {
    throw std::runtime_error(command.front() + ": " + finished.errors);
  }
  return finished.output;
}

/// named signs in the background, all of a small zone at once, and does not say when it has: it is
/// asked again and again. False when it ends, or the failsafe strikes.
bool WaitUntilSigned(Subprocess& named, const std::string& zone, std::uint16_t port) {
  const auto query = io::BuildDnsQuery({.name = zone, .type = LDNS_RR_TYPE_NSEC});
  const auto size = static_cast<char>(query->bytes.size());
  const auto end = std::chrono::steady_clock::now() + kFailsafe;
  while (std::chrono::steady_clock::now() < end) {
    const Fd client = ConnectTo("127.0.0.1", port);
    SendAll(client.get(), std::string{'\0', size} + query->bytes);
    shutdown(client.get(), SHUT_WR);
    const std::string answer = ReadToEnd(client.get());
    // The number of answers (RFC 1035, 4.1.1) behind the length.
    if (answer.size() > 9 && answer[9] != 0) return true;
    if (named.Wait(std::chrono::milliseconds(20))) return false;
  }
  return false;
}

}  // namespace

Bind::Bind(const std::vector<BindZone>& zones) {
  for (const BindZone& zone : zones) {
    work_.Write(zone.name + ".zone", zone.text);
    if (zone.signing == BindZone::Signing::kBefore) Sign(zone);
  }
  for (int attempt = 0; attempt < kBindStarts; ++attempt) {
    if (Start(zones)) return;
    if (log().find("in use") == std::string::npos) break;
  }
  throw std::runtime_error("named does not serve: " + log());
}

Bind::~Bind() {
  child_->Signal(SIGTERM);
  child_->Wait();
}

void Bind::Sign(const BindZone& zone) const {
  const std::string directory = work_.path();
  const auto make_key = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {"dnssec-keygen", "-a", zone.algorithm};
    if (zone.algorithm.starts_with("RSA")) more.insert(more.end(), {"-b", "2048"});
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(zone.name);
    Run(command, directory);
  };
  make_key({});
  make_key({"-f", "KSK"});
  std::vector<std::string> command = {
      "dnssec-signzone", "-S", "-P", "-O", "full", "-o", zone.name, "-f", zone.name + ".signed"};
  command.insert(command.end(), zone.arguments.begin(), zone.arguments.end());
  command.push_back(zone.name + ".zone");
  Run(command, directory);
  std::string text = ReadFile(work_.Path(zone.name + ".signed"));
  if (const std::size_t at = text.find(zone.replaced); !zone.replaced.empty()) {
    if (at == std::string::npos) throw std::runtime_error("nothing to replace in " + zone.name);
    text.replace(at, zone.replaced.size(), zone.spoiled);
  }
  work_.Write(zone.name + ".zone", text);
}

bool Bind::Start(const std::vector<BindZone>& zones) {
  port_ = FreeDnsPort();
  child_ = std::make_unique<Subprocess>(
      SubprocessOptions{.argv = {"/usr/sbin/named", "-g", "-n", "1", "-c",
                                 work_.Write("named.conf", Config(zones))}});
  // "all zones loaded" also when some are not.
  if (!child_->WaitForErrors("all zones loaded")) return false;
  for (const BindZone& zone : zones) {
    if (zone.signing == BindZone::Signing::kServer && !WaitUntilSigned(*child_, zone.name, port_)) {
      return false;
    }
  }
  const std::string said = log();
  return said.find("not loaded due to errors") == std::string::npos &&
         said.find("in use") == std::string::npos;
}

std::string Bind::Config(const std::vector<BindZone>& zones) const {
  std::string config = fmt::format(
      "options {{ directory \"{0}\"; listen-on port {1} {{ 127.0.0.1; }}; listen-on-v6 {{ none; "
      "}};\n pid-file none; session-keyfile none; managed-keys-directory \"{0}\"; recursion no;\n"
      " dnssec-validation no; notify explicit; minimal-responses no;\n sig-signing-nodes 1000; "
      "sig-signing-signatures 1000; }};\ncontrols {{ }};\n",
      work_.path().string(), port_);
  for (const BindZone& zone : zones) {
    const bool by_server = zone.signing == BindZone::Signing::kServer;
    config += fmt::format("zone \"{0}\" {{ type primary; file \"{0}.zone\"; {1}}};\n", zone.name,
                          by_server ? "dnssec-policy default; inline-signing yes; " : "");
  }
  return config;
}

std::string Bind::Ds(const std::string& zone) const {
  std::string records;
  for (const auto& file : std::filesystem::directory_iterator(work_.path())) {
    const std::string name = file.path().filename();
    if (!name.starts_with("K" + zone + ".+") || !name.ends_with(".key")) continue;
    if (ReadFile(file.path()).find("DNSKEY 257 ") == std::string::npos) continue;
    records += Run({"dnssec-dsfromkey", "-2", file.path()}, work_.path());
  }
  if (records.empty()) throw std::runtime_error("no key of " + zone);
  return records;
}

}  // namespace gaikei::support
