#include "probe/upstreams.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "results/upstream/jsonl.h"

namespace gaikei {

tl::expected<std::vector<std::unique_ptr<Upstream>>, std::string> MakeUpstreams(
    const std::vector<UpstreamSpec>& specs) {
  std::vector<std::unique_ptr<Upstream>> upstreams;
  for (const UpstreamSpec& spec : specs) {
    if (spec.type != UpstreamType::kJsonl) continue;
    auto upstream = JsonlUpstream::Open(spec.name, spec.jsonl.path);
    if (!upstream) {
      return tl::unexpected(fmt::format("upstream {}: {}", spec.name, upstream.error()));
    }
    upstreams.push_back(std::move(*upstream));
  }
  return upstreams;
}

RecorderOptions RecorderOptionsFor(const ProbeConfig& probe) {
  RecorderOptions options;
  options.state_dir = probe.state_dir;
  options.on_error = [](const std::string& text) { spdlog::error("history: {}", text); };
  return options;
}

}  // namespace gaikei
