#include "checks/io/http/early_answer.h"

#include <curl/curl.h>

#include "checks/io/http/http_transfer.h"
#include "checks/io/http/response_head.h"

namespace gaikei::io {

bool IsAnsweredEarly(const ResponseHead& head, std::uint64_t received, std::int64_t to_send,
                     std::int64_t sent) {
  return sent < to_send && head.version() == "2" && head.has_ended(received);
}

bool IsAnswerLost(CURL* easy, const HttpRequest& request, const ResponseHead& head, int code,
                  bool has_fault, std::string_view error) {
  if (request.version != HttpVersion::k2 || request.body == nullptr || head.status() != 0) {
    return false;
  }
  curl_off_t sent = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (sent >= static_cast<curl_off_t>(request.body->Reveal().size())) return false;
  // Of every other end of a stream libcurl says which it was.
  return has_fault || (code == CURLE_HTTP2_STREAM && error.empty());
}

}  // namespace gaikei::io
