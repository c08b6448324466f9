#pragma once

#include <string>

namespace gaikei::io {

/// Whether the libcurl of this run can speak HTTP/3.
bool HasHttp3();

/// Version of the libcurl of this run ("7.88.1").
std::string CurlVersion();

}  // namespace gaikei::io
