#include "checks/io/http/connection_cache.h"

#include <curl/curl.h>

namespace gaikei::io {

ConnectionCache::ConnectionCache() : handle_(curl_share_init()) {
  if (handle_ != nullptr) curl_share_setopt(handle_, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
}

ConnectionCache::~ConnectionCache() {
  if (handle_ != nullptr) curl_share_cleanup(handle_);
}

}  // namespace gaikei::io
