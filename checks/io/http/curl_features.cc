#include "checks/io/http/curl_features.h"

#include <curl/curl.h>

namespace gaikei::io {

bool HasHttp3() { return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP3) != 0; }

bool HasCoding(std::string_view name) {
  int feature = 0;
  if (name == "gzip" || name == "deflate") feature = CURL_VERSION_LIBZ;
  if (name == "br") feature = CURL_VERSION_BROTLI;
  if (name == "zstd") feature = CURL_VERSION_ZSTD;
  return (curl_version_info(CURLVERSION_NOW)->features & feature) != 0;
}

std::string CurlVersion() { return curl_version_info(CURLVERSION_NOW)->version; }

}  // namespace gaikei::io
