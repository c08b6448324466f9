#include "checks/io/versions.h"

#include <ares.h>
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <uv.h>

namespace gaikei::io {

std::vector<std::pair<std::string, std::string>> LibraryVersions() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  std::string http = (curl->features & CURL_VERSION_HTTP2) != 0 ? "HTTP/1.1, HTTP/2" : "HTTP/1.1";
  if ((curl->features & CURL_VERSION_HTTP3) != 0) http += ", HTTP/3";
  return {{"libcurl", std::string(curl->version) + " (" + http + ")"},
          {"c-ares", ares_version(nullptr)},
          {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"libuv", uv_version_string()}};
}

}  // namespace gaikei::io
