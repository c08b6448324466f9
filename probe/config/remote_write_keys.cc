#include "probe/config/remote_write_keys.h"

#include <algorithm>
#include <array>

#include "probe/config/mapping_keys.h"
#include "probe/config/upstream_transport_keys.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 3> kVersions = {"auto", "1.0", "2.0"};
constexpr std::array<std::string_view, 1> kOwnHeaders = {"X-Prometheus-Remote-Write-Version"};

/// Prometheus' data model, without what it keeps for itself.
bool IsLabel(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kSeriesNameLimit && !(name[0] >= '0' && name[0] <= '9') &&
         !name.starts_with("__") && name != "le" && name != "quantile" &&
         std::all_of(name.begin(), name.end(), is_word);
}

/// Labels of what stands in /metrics.
constexpr std::array<std::string_view, 9> kLabels = {
    "check", "region", "kind", "target", "status", "reason", "phase", "step", "serving_status"};
constexpr std::array<std::string_view, 8> kOtherLabels = {
    "job",     "instance", "version",      "fingerprint_sha256",
    "subject", "issuer",   "serialnumber", "subjectalternative"};

constexpr std::array<std::string_view, 6> kKept = {"check", "status", "reason",
                                                   "phase", "step",   "serving_status"};
const SeriesNames kNames = {kLabels, kOtherLabels, kKept, "region", &IsLabel};

/// Every receiver has a path of its own, and nothing is appended.
void RequirePath(TableReader& reader, const UpstreamSpec& spec) {
  const std::string& url = spec.transport.url;
  if (url.empty() || url.find('/', url.find("://") + 3) != std::string::npos) return;
  reader.errors().Add(reader.table().Find("url")->position,
                      "url has no path: Prometheus and VictoriaMetrics take samples at "
                      "/api/v1/write");
}

}  // namespace

void ReadRemoteWriteKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec) {
  ReadUpstreamUrl(reader, "url", true, false, spec.transport);
  RequirePath(reader, spec);
  if (auto version = reader.OneOf("version", kVersions)) {
    using Version = RemoteWriteSpec::Version;
    spec.remote_write.version = *version == "1.0"   ? Version::kOne
                                : *version == "2.0" ? Version::kTwo
                                                    : Version::kAuto;
  }
  ReadMapping(reader, names, kNames, spec.mapping);
  ReadUpstreamTransport(reader, kOwnHeaders, spec);
}

}  // namespace gaikei
