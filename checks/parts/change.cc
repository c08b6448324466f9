#include "checks/parts/change.h"

#include <algorithm>

#include "checks/io/dns/resolver.h"
#include "checks/io/engine.h"
#include "checks/io/net/address.h"

namespace gaikei {
namespace {

bool HasOtherResolver(const Observation& failed, const AttemptContext& context) {
  // The hosts file needs none.
  const bool was_asked = failed.resolve && !failed.resolve->server.empty();
  const bool was_silent = failed.phase == Phase::kResolve;
  return (was_asked || was_silent) &&
         context.engine.ResolverFor(context.region).Servers().size() > 1;
}

/// Another address of the name, of the family of the one that failed or of the other one.
bool HasAddress(const Observation& failed, bool same_family) {
  if (!failed.resolve || failed.address.empty()) return false;
  const auto& all = failed.resolve->addresses;
  return std::any_of(all.begin(), all.end(), [&](const std::string& text) {
    const auto address = io::Address::Parse(text, 0);
    return address && text != failed.address && (address->family() == failed.family) == same_family;
  });
}

/// An answer in HTTP/2, or a broken one on a connection that had agreed on it.
bool IsOfHttp2(const Observation& failed) {
  if (!failed.http) return false;
  return failed.http->version == "2" || (failed.tls && failed.tls->alpn == "h2");
}

}  // namespace

std::string_view Name(Change change) {
  switch (change) {
    case Change::kNothing:
      return "nothing";
    case Change::kAddress:
      return "address";
    case Change::kFamily:
      return "family";
    case Change::kResolver:
      return "resolver";
    case Change::kHttpVersion:
      return "http_version";
  }
  return "";
}

std::vector<Change> PossibleChanges(Family family, const Observation& failed,
                                    const AttemptContext& context) {
  std::vector<Change> changes;
  const bool has_other_resolver = HasOtherResolver(failed, context);
  if (failed.phase == Phase::kResolve) {
    if (has_other_resolver) changes.push_back(Change::kResolver);
    return changes;
  }
  const bool is_exchange = failed.phase == Phase::kProcessing || failed.phase == Phase::kTransfer;
  if (is_exchange && IsOfHttp2(failed)) changes.push_back(Change::kHttpVersion);
  if (HasAddress(failed, true)) changes.push_back(Change::kAddress);
  if (family == Family::kAuto && HasAddress(failed, false)) changes.push_back(Change::kFamily);
  if (!is_exchange && IsOfHttp2(failed)) changes.push_back(Change::kHttpVersion);
  if (has_other_resolver) changes.push_back(Change::kResolver);
  return changes;
}

}  // namespace gaikei
