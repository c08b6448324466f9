#include "probe/target_host.h"

#include <string_view>

#include "results/ascii.h"

namespace gaikei {
namespace {

/// What stands between "//" and path, query or fragment; empty where there is no "//".
std::string_view AuthorityOf(std::string_view url) {
  const std::size_t slashes = url.find("//");
  if (slashes == std::string_view::npos) return {};
  const std::string_view rest = url.substr(slashes + 2);
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Without credentials, port and brackets.
std::string_view HostOf(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  const std::size_t colon = authority.find(':');
  // More than one colon: a bare IPv6 address, as name servers may be given.
  const bool has_port = colon != std::string_view::npos && colon == authority.rfind(':');
  return has_port ? authority.substr(0, colon) : authority;
}

}  // namespace

std::string TargetHost(const CheckSpec& spec) {
  if (!spec.steps.empty()) return TargetHost(*spec.steps.front().request);
  if (!spec.http.unix_socket.empty()) return spec.http.unix_socket;
  std::string_view authority = AuthorityOf(spec.target.Reveal());
  if (spec.identity->kind == "dns" && !spec.dns.servers.empty())
    authority = spec.dns.servers.front();
  return LowerCase(HostOf(authority));
}

}  // namespace gaikei
