#include "checks/io/net/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "results/ascii.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

struct FreeUrl {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

std::string Part(CURLU* handle, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

UrlError Error(CURLUcode code) {
  std::string text = curl_url_strerror(code);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return {.is_too_long = false, .message = "malformed URL: " + text};
}

tl::expected<Url, UrlError> TakeApart(CURLU* handle) {
  Url url;
  url.scheme = LowerCase(Part(handle, CURLUPART_SCHEME));
  url.user = Secret(Part(handle, CURLUPART_USER, CURLU_URLDECODE));
  url.password = Secret(Part(handle, CURLUPART_PASSWORD, CURLU_URLDECODE));
  curl_url_set(handle, CURLUPART_USER, nullptr, 0);
  curl_url_set(handle, CURLUPART_PASSWORD, nullptr, 0);
  curl_url_set(handle, CURLUPART_OPTIONS, nullptr, 0);
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);

  // First as part of the whole: asked for a host that has no name in ASCII, libcurl 7.88 loses
  // memory.
  char* whole = nullptr;
  const CURLUcode convertible = curl_url_get(handle, CURLUPART_URL, &whole, CURLU_PUNYCODE);
  curl_free(whole);
  if (convertible != CURLUE_OK && convertible != CURLUE_NO_HOST) {
    return tl::unexpected(Error(convertible));
  }
  char* host = nullptr;
  const CURLUcode code = curl_url_get(handle, CURLUPART_HOST, &host, CURLU_PUNYCODE);
  if (code == CURLUE_OK) {
    url.host = LowerCase(host);
    curl_free(host);
  } else if (code != CURLUE_NO_HOST) {
    return tl::unexpected(Error(code));
  }
  if (url.host.size() > 1 && url.host.front() == '[' && url.host.back() == ']') {
    url.host = url.host.substr(1, url.host.size() - 2);
    if (const std::string zone = Part(handle, CURLUPART_ZONEID); !zone.empty()) {
      url.host += "%" + zone;
    }
  }
  url.port = static_cast<std::uint16_t>(
      std::strtoul(Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str(), nullptr, 10));
  url.text = Part(handle, CURLUPART_URL);
  if (url.text.size() > kUrlLimit) {
    return tl::unexpected(UrlError{true, "URL longer than 8 KiB"});
  }
  return url;
}

bool IsNamedLikeASecret(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kWords = {
      "token", "secret", "password", "passwd", "apikey", "api_key", "api-key", "signature", "auth"};
  const std::string lower = LowerCase(std::string(name));
  if (lower == "key" || lower == "sig" || lower == "pwd") return true;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// One parameter of a query, as it is written.
struct QueryPair {
  std::string_view text;
  std::string_view name;   ///< before its first "="
  bool is_secret = false;  ///< has a value, and is named like one
};

std::vector<QueryPair> PairsOf(std::string_view url) {
  std::vector<QueryPair> pairs;
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return pairs;
  std::string_view query = url.substr(question + 1);
  while (true) {
    const std::size_t end = query.find('&');
    const std::string_view text = query.substr(0, end);
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    pairs.push_back({text, name, equals != std::string_view::npos && IsNamedLikeASecret(name)});
    if (end == std::string_view::npos) return pairs;
    query.remove_prefix(end + 1);
  }
}

}  // namespace

tl::expected<Url, UrlError> ParseUrl(std::string_view text) {
  if (text.size() > kUrlLimit) return tl::unexpected(UrlError{true, "URL longer than 8 KiB"});
  if (text.find('\0') != std::string_view::npos) {
    return tl::unexpected(UrlError{false, "malformed URL: NUL"});
  }
  const UrlHandle handle(curl_url());
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) return tl::unexpected(Error(code));
  return TakeApart(handle.get());
}

tl::expected<Url, UrlError> ResolveUrl(const Url& base, std::string_view location) {
  if (location.size() > kUrlLimit) {
    return tl::unexpected(UrlError{true, "redirect to a URL longer than 8 KiB"});
  }
  const UrlHandle handle(curl_url());
  CURLUcode code =
      curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_OK) {
    code = curl_url_set(handle.get(), CURLUPART_URL, std::string(location).c_str(),
                        CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE);
  }
  if (code != CURLUE_OK) return tl::unexpected(Error(code));
  return TakeApart(handle.get());
}

bool IsSameOrigin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

std::string ShownUrl(const Url& url) {
  const std::string_view text = url.text;
  const std::size_t question = text.find('?');
  if (question == std::string_view::npos) return Escape(text);
  std::string shown(text.substr(0, question));
  char before = '?';
  for (const QueryPair& pair : PairsOf(text)) {
    shown += before;
    shown += pair.is_secret ? std::string(pair.name) + "=<secret>" : std::string(pair.text);
    before = '&';
  }
  return Escape(shown);
}

std::vector<Secret> SecretsInQuery(const Url& url) {
  std::vector<Secret> secrets;
  for (const QueryPair& pair : PairsOf(url.text)) {
    if (!pair.is_secret) continue;
    const std::string_view value = pair.text.substr(pair.name.size() + 1);
    secrets.emplace_back(std::string(value));
    // As a server reads it.
    if (std::string decoded = FormDecoded(value); decoded != value) {
      secrets.emplace_back(std::move(decoded));
    }
  }
  return secrets;
}

}  // namespace gaikei::io
