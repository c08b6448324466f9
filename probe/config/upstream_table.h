#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// `[upstream.NAME]`. Everything wrong is in the errors; what comes back is to be used only where
/// there were none.
UpstreamSpec ReadUpstream(const Node& table, const UpstreamNames& names, ErrorList& errors);

/// What upstreams cannot share: a file, a name of a signal. REQUIRES: `upstreams` are those of the
/// tables, in their order.
void ReviewUpstreams(std::span<const Node* const> tables, std::span<const UpstreamSpec> upstreams,
                     ErrorList& errors);

/// Every type that an upstream may be of.
std::span<const UpstreamType> AllUpstreamTypes();

/// Every key that an upstream of that type takes, `type` first.
std::vector<std::string_view> UpstreamKeys(UpstreamType type);

}  // namespace gaikei
