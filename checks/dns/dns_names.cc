#include "checks/dns/dns_names.h"

#include "results/ascii.h"

namespace gaikei {

std::string CanonicalDnsName(std::string_view name) {
  std::string canonical = LowerCase(name);
  // A dot behind an odd number of backslashes is a character of the last label.
  std::size_t backslashes = 0;
  if (canonical.ends_with('.')) {
    while (backslashes + 1 < canonical.size() &&
           canonical[canonical.size() - 2 - backslashes] == '\\') {
      ++backslashes;
    }
  }
  if (!canonical.ends_with('.') || backslashes % 2 == 1) canonical += '.';
  return canonical;
}

std::string ParentDnsName(std::string_view canonical) {
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    if (canonical[i] == '\\') {
      ++i;  // the next byte is no dot between labels; the digits of \DDD are none either
    } else if (canonical[i] == '.') {
      canonical.remove_prefix(i + 1);
      return canonical.empty() ? "." : std::string(canonical);
    }
  }
  return ".";
}

bool IsWithinDnsZone(std::string_view name, std::string_view zone) {
  if (zone == "." || name == zone) return true;
  for (std::string above(name); above != ".";) {
    above = ParentDnsName(above);
    if (above == zone) return true;
  }
  return false;
}

}  // namespace gaikei
