#pragma once

#include <string_view>

namespace gaikei {

/// True when both texts are the same. Takes as long for every `secret` and however much of it is
/// right: only the length of `given`, which is the asker's own, shows in the time.
bool IsSameInConstantTime(std::string_view given, std::string_view secret);

}  // namespace gaikei
