#pragma once

#include <string>
#include <string_view>

namespace gaikei::io {

/// Whether the libcurl of this run can speak HTTP/3.
bool HasHttp3();

/// Whether the libcurl of this run can decode "gzip", "deflate", "br" or "zstd"; false for any
/// other name.
bool HasCoding(std::string_view name);

/// Version of the libcurl of this run ("7.88.1").
std::string CurlVersion();

}  // namespace gaikei::io
