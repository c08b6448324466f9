#include "checks/io/http/cookie_jar.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <string>

#include "checks/io/http/response_head.h"

namespace gaikei::io {
namespace {

constexpr std::string_view kHttpOnly = "#HttpOnly_";

/// The path of a URL without its query; at least a slash.
std::string_view PathOf(const Url& url) {
  const std::string_view text = url.text;
  const std::size_t scheme = text.find("://");
  const std::size_t path = text.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return "/";
  const std::string_view rest = text.substr(path);
  return rest.substr(0, rest.find_first_of("?#"));
}

/// RFC 6265, 5.1.4.
bool IsUnder(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return false;
  return path.size() == root.size() || root.ends_with('/') || path[root.size()] == '/';
}

}  // namespace

std::optional<ListedCookie> ParseListedCookie(std::string_view line) {
  if (line.starts_with(kHttpOnly)) line.remove_prefix(kHttpOnly.size());
  std::array<std::string_view, 7> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t tab = i + 1 < fields.size() ? line.find('\t') : line.size();
    // An empty value may be listed without the tab before it.
    if (tab == std::string_view::npos && i + 2 < fields.size()) return std::nullopt;
    fields[i] = line.substr(0, tab);
    line.remove_prefix(tab == std::string_view::npos ? line.size()
                                                     : std::min(tab + 1, line.size()));
  }
  if (fields[0].starts_with('.')) fields[0].remove_prefix(1);
  return ListedCookie{fields[0],           fields[1] == "TRUE", fields[2],
                      fields[3] == "TRUE", fields[5],           fields[6]};
}

bool IsFor(const ListedCookie& cookie, const Url& url) {
  const std::string_view host = url.host;
  bool is_host = EqualsIgnoringCase(host, cookie.domain);
  if (!is_host && cookie.has_subdomains && host.size() > cookie.domain.size()) {
    const std::size_t dot = host.size() - cookie.domain.size() - 1;
    is_host = host[dot] == '.' && EqualsIgnoringCase(host.substr(dot + 1), cookie.domain);
  }
  if (!is_host || (cookie.is_secure && url.scheme != "https")) return false;
  return IsUnder(PathOf(url), cookie.path);
}

std::optional<Secret> FindCookie(CURL* easy, std::string_view name, const Url& url) {
  curl_slist* list = nullptr;
  if (easy == nullptr || curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list) != CURLE_OK) {
    return std::nullopt;
  }
  std::optional<ListedCookie> best;
  for (const curl_slist* node = list; node != nullptr; node = node->next) {
    const auto cookie = ParseListedCookie(node->data);
    if (!cookie || cookie->name != name || !IsFor(*cookie, url)) continue;
    if (!best || cookie->path.size() > best->path.size()) best = cookie;
  }
  std::optional<Secret> found;
  if (best) found.emplace(std::string(best->value));
  curl_slist_free_all(list);
  return found;
}

}  // namespace gaikei::io
