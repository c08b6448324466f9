#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"
#include "results/recorder.h"
#include "results/upstream/upstream.h"

namespace gaikei {

/// Opens every configured upstream. All or nothing; the error is one line that names the upstream.
tl::expected<std::vector<std::unique_ptr<Upstream>>, std::string> MakeUpstreams(
    const std::vector<UpstreamSpec>& configs);

/// Where this prober keeps its history.
RecorderOptions RecorderOptionsFor(const ProbeConfig& probe);

}  // namespace gaikei
