// What libcurl alone takes for a check: one handle, a new connection each time, nothing resumed.
// Prints how often it did so.
//
// curl_client URL SECONDS [ROOT]

#include <curl/curl.h>

#include "tests/bench/clients/common.h"

namespace {

std::size_t Ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

int main(int argc, char** argv) {
  using namespace gaikei::bench;
  if (argc < 3) Die("curl_client URL SECONDS [ROOT]");
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* curl = curl_easy_init();
  if (curl == nullptr) Die("no libcurl");
  curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Ignore);
  if (argc > 3) curl_easy_setopt(curl, CURLOPT_CAINFO, argv[3]);
  RepeatFor(std::atof(argv[2]), [curl] {
    long status = 0;
    if (curl_easy_perform(curl) != CURLE_OK) Die("no answer");
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) Die("another answer than 200");
  });
  curl_easy_cleanup(curl);
  curl_global_cleanup();
  return 0;
}
