#include "results/upstream/upstream_spec.h"

namespace gaikei {

std::string_view Name(UpstreamType type) {
  switch (type) {
    case UpstreamType::kOtlp:
      return "otlp";
    case UpstreamType::kRemoteWrite:
      return "remote_write";
    case UpstreamType::kMackerel:
      return "mackerel";
    case UpstreamType::kStatsd:
      return "statsd";
    case UpstreamType::kJsonl:
      return "jsonl";
  }
  return {};
}

}  // namespace gaikei
