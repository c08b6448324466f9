#include "checks/http/cookies.h"

#include <algorithm>

#include "results/text.h"

namespace gaikei {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsVisible(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'; }

}  // namespace

Secret OwnCookies::For(const io::Url& url, const io::HttpTransfer& transfer) const {
  std::string field;
  bool is_secret = false;
  for (const auto& [name, value] : cookies_) {
    if (Has(replaced_, name) || transfer.Cookie(name, url)) continue;
    if (!field.empty()) field += "; ";
    field += name + "=";
    field += value.Reveal();
    is_secret = is_secret || value.is_secret();
  }
  return Secret(std::move(field), is_secret);
}

void OwnCookies::Learn(const io::ResponseHead& head) {
  for (const auto& [field, value] : head.fields()) {
    if (!io::EqualsIgnoringCase(field, "set-cookie")) continue;
    const std::string_view pair = std::string_view(value).substr(0, value.find(';'));
    const std::string_view name = Trimmed(pair.substr(0, pair.find('=')));
    const bool is_ours = std::any_of(cookies_.begin(), cookies_.end(),
                                     [&](const auto& cookie) { return cookie.first == name; });
    if (is_ours && !Has(replaced_, name)) replaced_.emplace_back(name);
  }
}

std::string WhyNoCookie(const std::string& name, const Secret& value) {
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return IsVisible(c) && static_cast<unsigned char>(c) < 0x80 &&
           std::string_view(" ()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
  if (!is_name) return "not a name of a cookie: " + Escape(name, 40);
  const std::string_view text = value.Reveal();
  if (!std::all_of(text.begin(), text.end(), [](char c) { return IsVisible(c) && c != ';'; })) {
    return "the value of cookie " + Escape(name, 40) + " has control characters or a semicolon";
  }
  return {};
}

}  // namespace gaikei
