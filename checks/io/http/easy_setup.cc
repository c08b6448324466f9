#include "checks/io/http/easy_setup.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include "checks/io/http/body_decoder.h"
#include "checks/io/http/http_transfer.h"

namespace gaikei::io {
namespace {

bool Append(curl_slist*& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) return false;
  list = longer;
  return true;
}

void Clear(curl_slist*& list) {
  curl_slist_free_all(list);
  list = nullptr;
}

long HttpVersionOption(const HttpRequest& request) {
  const bool is_tls = request.url->scheme == "https";
  switch (request.version) {
    case HttpVersion::k1_1:
      return CURL_HTTP_VERSION_1_1;
    case HttpVersion::k2:
      return is_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case HttpVersion::k3:
      return CURL_HTTP_VERSION_3;
    case HttpVersion::kDefault:
      break;
  }
  return is_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
}

}  // namespace

EasySetup::~EasySetup() {
  Clear(headers_);
  Clear(connect_to_);
}

bool EasySetup::Prepare(CURL* easy, const HttpRequest& request) {
  // No curl_easy_reset: 7.88's forgets to free its list of cookie files. So whatever one request
  // sets, the next one sets, too.
  if (!has_cookies_ && request.keeps_cookies) {
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
    has_cookies_ = true;
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, nullptr);
  Clear(headers_);
  Clear(connect_to_);
  return SetConnection(easy, request) && SetMethodAndBody(easy, request) &&
         SetHeaders(easy, request);
}

bool EasySetup::SetConnection(CURL* easy, const HttpRequest& request) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(kReadBufferSize));
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, HttpVersionOption(request));
  // Trust is TlsPeer's: libcurl must read no roots (it would, again for every transfer).
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy, CURLOPT_URL, request.url->text.c_str());

  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
                   request.unix_socket == nullptr ? nullptr : request.unix_socket->c_str());
  if (request.unix_socket != nullptr) return true;
  // Without an address a proxy is told the name, as it stands in the URL.
  if (request.proxy != nullptr && request.peer.length == 0) return true;
  // A numeric address keeps libcurl's resolver out; the socket is ours whatever it says.
  std::string peer = request.peer.Text();
  peer = peer.substr(0, peer.find('%'));
  const unsigned port = request.peer.port();
  const bool is_ipv6 = peer.find(':') != std::string::npos;
  const std::string target =
      fmt::format("::{}{}{}:{}", is_ipv6 ? "[" : "", peer, is_ipv6 ? "]" : "", port);
  return Append(connect_to_, target) &&
         curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_) == CURLE_OK;
}

bool EasySetup::SetMethodAndBody(CURL* easy, const HttpRequest& request) {
  const std::string& method = request.method;
  const bool has_body = request.body != nullptr;
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);  // also takes NOBODY and POST back
  // A body is announced where the method promises one, RFC 9110, 8.6.
  if (has_body || method == "POST" || method == "PUT" || method == "PATCH") {
    const std::string_view bytes = has_body ? request.body->Reveal() : std::string_view();
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes.empty() ? "" : bytes.data());
    if (method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return true;
  }
  const bool is_usual = method == (has_body ? "POST" : "GET") || method == "POST";
  return is_usual || curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str()) == CURLE_OK;
}

bool EasySetup::SetHeaders(CURL* easy, const HttpRequest& request) {
  const bool has_agent = request.user_agent != nullptr && !request.user_agent->empty();
  curl_easy_setopt(easy, CURLOPT_USERAGENT, has_agent ? request.user_agent->c_str() : nullptr);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
                   request.compression != nullptr ? request.compression->c_str() : nullptr);
  const bool decodes_itself =
      request.compression != nullptr && BodyDecoder::Knows(*request.compression);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, decodes_itself ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_COOKIE,
                   request.cookies != nullptr ? request.cookies->RevealCStr() : nullptr);
  const Url& url = *request.url;
  const bool has_user = !(url.user.empty() && url.password.empty());
  curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_USERNAME, has_user ? url.user.RevealCStr() : nullptr);
  curl_easy_setopt(easy, CURLOPT_PASSWORD, has_user ? url.password.RevealCStr() : nullptr);
  bool is_sound = true;
  bool has_expect = false;
  for (const auto& [name, value] : request.headers) {
    // libcurl's spelling of a field without a value is a semicolon.
    std::string line = *name;
    line += value->empty() ? ";" : ": ";
    line += value->Reveal();
    has_expect = has_expect || EqualsIgnoringCase(*name, "expect");
    is_sound = is_sound && Append(headers_, line);
  }
  // Waiting for a 100 would be a second of our own making in the target's phases.
  if (!has_expect) is_sound = is_sound && Append(headers_, "Expect:");
  return is_sound && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_) == CURLE_OK;
}

}  // namespace gaikei::io
