#include "probe/config/remote_write_keys.h"

#include <array>

#include "probe/config/mapping_keys.h"
#include "probe/config/upstream_transport_keys.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 3> kVersions = {"auto", "1.0", "2.0"};
constexpr std::array<std::string_view, 1> kOwnHeaders = {"X-Prometheus-Remote-Write-Version"};

/// Every receiver has a path of its own, and nothing is appended.
void RequirePath(TableReader& reader, const UpstreamSpec& spec) {
  const std::string& url = spec.transport.url;
  if (url.empty() || url.find('/', url.find("://") + 3) != std::string::npos) return;
  reader.errors().Add(reader.table().Find("url")->position,
                      "url has no path: Prometheus and VictoriaMetrics take samples at "
                      "/api/v1/write");
}

}  // namespace

void ReadRemoteWriteKeys(TableReader& reader, UpstreamSpec& spec) {
  ReadUpstreamUrl(reader, "url", true, false, spec.transport);
  RequirePath(reader, spec);
  if (auto version = reader.OneOf("version", kVersions)) {
    using Version = RemoteWriteSpec::Version;
    spec.remote_write.version = *version == "1.0"   ? Version::kOne
                                : *version == "2.0" ? Version::kTwo
                                                    : Version::kAuto;
  }
  ReadMapping(reader, &IsPrometheusLabel, spec.mapping);
  ReadUpstreamTransport(reader, kOwnHeaders, spec);
}

}  // namespace gaikei
