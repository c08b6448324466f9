#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gaikei::io {

/// Name and run-time version of every library that touches the network ("libcurl", "7.88.1").
std::vector<std::pair<std::string, std::string>> LibraryVersions();

}  // namespace gaikei::io
