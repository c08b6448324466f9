#include "checks/io/http/curl_features.h"

#include <curl/curl.h>

namespace gaikei::io {

bool HasHttp3() { return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP3) != 0; }

std::string CurlVersion() { return curl_version_info(CURLVERSION_NOW)->version; }

}  // namespace gaikei::io
