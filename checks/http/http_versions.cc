#include "checks/http/http_versions.h"

#include <algorithm>

namespace gaikei {

std::string WhyOtherVersion(const std::string& version, const std::vector<std::string>& allowed) {
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), version) != allowed.end()) {
    return {};
  }
  std::string wanted;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (i > 0) wanted += i + 1 == allowed.size() ? " or " : ", ";
    wanted += "HTTP/" + allowed[i];
  }
  return "HTTP/" + version + ", though " + wanted + " was required";
}

HttpVersion OfferedVersion(const std::vector<std::string>& allowed) {
  const auto has = [&](const char* version) {
    return std::find(allowed.begin(), allowed.end(), version) != allowed.end();
  };
  if (has("3")) return HttpVersion::k3;
  if (has("2")) return has("1.1") ? HttpVersion::kDefault : HttpVersion::k2;
  return has("1.1") ? HttpVersion::k1_1 : HttpVersion::kDefault;
}

}  // namespace gaikei
