#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "probe/import/journey_text.h"

namespace gaikei {

/// Header fields as they were found, in their order.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Names are compared without regard to case. The value of the first; empty: there is none.
std::string HeaderValue(const HeaderList& headers, std::string_view name);
void RemoveHeader(HeaderList& headers, std::string_view name);
void AddHeaderUnlessThere(HeaderList& headers, std::string_view name, std::string_view value);

/// Adds `headers` to a step; values of those that are named like secrets go to `secrets`. What
/// frames the message is left out with a comment. The error is one line.
tl::expected<void, std::string> AddHeaders(const HeaderList& headers, ImportedStep& step,
                                           SecretNames& secrets);

}  // namespace gaikei
