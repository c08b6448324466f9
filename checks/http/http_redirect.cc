#include "checks/http/http_redirect.h"

#include <algorithm>

#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Redirect Refused(Redirect redirect, Reason reason, std::string message) {
  redirect.reason = reason;
  redirect.message = std::move(message);
  return redirect;
}

bool Matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  pattern.remove_prefix(1);  // with its dot
  return host.size() > pattern.size() && host.ends_with(pattern);
}

std::string_view WithoutRootDot(std::string_view host) {
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

bool MayLeadTo(const RedirectRules& rules, std::string_view host) {
  host = WithoutRootDot(host);
  return rules.hosts.empty() || host == WithoutRootDot(rules.own_host) ||
         std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& pattern) { return Matches(pattern, host); });
}

/// The scheme of a URL that goes without slashes ("mailto:a@b.example", RFC 3986, 3.1), in lower
/// case; empty where it has none.
std::string SchemeOf(std::string_view location) {
  std::string scheme;
  for (const char c : location) {
    const char lower = LowerCase(c);
    if (c == ':') return scheme;
    const bool is_letter = lower >= 'a' && lower <= 'z';
    const bool is_other = IsDigit(c) || c == '+' || c == '-' || c == '.';
    if (!is_letter && (!is_other || scheme.empty())) break;
    scheme += lower;
  }
  return "";
}

bool IsFollowed(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

Redirect Blocked(Redirect redirect, std::string_view scheme) {
  return Refused(std::move(redirect), Reason::kSchemeBlocked,
                 "redirect to a scheme that is not followed: " + Escape(scheme, 40));
}

}  // namespace

std::optional<Redirect> FindRedirect(const io::Url& asked, const io::ResponseHead& head,
                                     std::string_view method, const RedirectRules& rules) {
  if (!IsRedirect(head.status()) || head.location().empty()) return std::nullopt;
  Redirect redirect;
  // RFC 9110, 15.4.2 to 15.4.4, as browsers and curl read it: POST becomes GET, and 303 means GET.
  const int status = head.status();
  const bool becomes_get =
      (status == 303 && method != "HEAD") || ((status == 301 || status == 302) && method == "POST");
  redirect.method = becomes_get ? "GET" : std::string(method);
  redirect.keeps_body = !becomes_get;

  if (head.has_two_locations()) {
    return Refused(std::move(redirect), Reason::kProtocolError, "two different Location");
  }
  auto url = io::ResolveUrl(asked, head.location());
  if (!url) {
    const std::string scheme = SchemeOf(head.location());
    if (!scheme.empty() && !IsFollowed(scheme)) return Blocked(std::move(redirect), scheme);
    return Refused(std::move(redirect),
                   url.error().is_too_long ? Reason::kTooLarge : Reason::kProtocolError,
                   "redirect that cannot be followed: " + url.error().message);
  }
  redirect.shown_location = io::ShownUrl(*url);
  if (!IsFollowed(url->scheme)) return Blocked(std::move(redirect), url->scheme);
  if (asked.scheme == "https" && url->scheme == "http" && !rules.allow_downgrade) {
    return Refused(std::move(redirect), Reason::kSchemeBlocked, "redirect from https to http");
  }
  if (!MayLeadTo(rules, url->host)) {
    return Refused(std::move(redirect), Reason::kExpectRedirects,
                   "redirect to a host that is none of redirect_hosts: " + Escape(url->host, 100));
  }
  redirect.url = std::move(*url);
  return redirect;
}

}  // namespace gaikei
