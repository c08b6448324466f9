#pragma once

#include <string_view>

namespace gaikei {

/// The commented configuration that `gaikei init` writes. Valid as it stands.
std::string_view StarterConfig();

}  // namespace gaikei
