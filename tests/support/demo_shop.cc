#include "tests/support/demo_shop.h"

#include <fmt/format.h>

#include <optional>

namespace gaikei::support {
namespace {

/// The value of `name` in "a=1<separator>b=2"; empty: none.
std::string ValueOf(std::string_view text, std::string_view name, char separator) {
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    std::string_view pair = text.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return {};
}

std::string Cookie(const HttpRequest& request, std::string_view name) {
  return ValueOf(request.Header("Cookie"), name, ';');
}

/// What stands behind `prefix`; absent where the target begins otherwise.
std::optional<std::string> Behind(const std::string& target, std::string_view prefix) {
  if (!target.starts_with(prefix)) return std::nullopt;
  return target.substr(prefix.size());
}

HttpResponse Json(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace

DemoShop::DemoShop(ShopFault fault)
    : fault_(fault),
      server_([this](const HttpRequest& request) { return Answer(request); }),
      front_({.server = fmt::format("location / {{ proxy_pass http://{}; }}", server_.Authority()),
              .certificate = key_}) {}

std::map<std::string, std::string> DemoShop::Items() const {
  const std::lock_guard lock(mutex_);
  return items_;
}

std::size_t DemoShop::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

std::size_t DemoShop::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

std::string DemoShop::NextName(std::string_view prefix) {
  return fmt::format("canary-{}-{}", prefix, ++last_);
}

HttpResponse DemoShop::Answer(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string what = request.method + " " + request.target;
  if (what == "GET /login") return ShowForm();
  if (what == "POST /login") return LogIn(request);
  if (what == "GET /account") return ShowAccount(request);
  if (what == "POST /logout") return LogOut(request);
  const auto session = SessionOf(request);
  if (session == sessions_.end()) return Json(401, R"({"error": "no session"})");
  if (what == "POST /api/items") {
    if (request.Header("X-Csrf") != session->second) return Json(403, R"({"error": "csrf"})");
    return Create(request);
  }
  if (const auto id = Behind(what, "GET /api/items/")) return Read(*id);
  if (const auto name = Behind(what, "DELETE /api/named/")) {
    if (request.Header("X-Csrf") != session->second) return Json(403, R"({"error": "csrf"})");
    return Delete(*name);
  }
  return {.status = 404};
}

HttpResponse DemoShop::ShowForm() {
  if (fault_ == ShopFault::kFormIsDown) return {.status = 500};
  const std::string visit = NextName("visit");
  const std::string csrf = NextName("form/csrf+");
  visits_[visit] = csrf;
  const std::string field =
      fault_ == ShopFault::kFormWithoutCsrf
          ? ""
          : fmt::format("<input type=hidden name=\"csrf\" value=\"{}\">", csrf);
  return {.headers = {{"Content-Type", "text/html"},
                      {"Set-Cookie", fmt::format("visit={}; Path=/; Secure; HttpOnly", visit)}},
          .body = "<form method=post>" + field + "<input name=user><input name=password></form>"};
}

HttpResponse DemoShop::LogIn(const HttpRequest& request) {
  const auto visit = visits_.find(Cookie(request, "visit"));
  // The token comes encoded as forms are.
  const auto expected = [&] {
    std::string text = visit->second;
    for (const auto& [plain, encoded] : {std::pair("/", "%2F"), std::pair("+", "%2B")}) {
      text.replace(text.find(plain), 1, encoded);
    }
    return text;
  };
  const bool is_right = visit != visits_.end() &&
                        ValueOf(request.body, "csrf", '&') == expected() &&
                        ValueOf(request.body, "user", '&') == kUser &&
                        ValueOf(request.body, "password", '&') == kPassword;
  if (!is_right || fault_ == ShopFault::kLoginRefused) {
    // As unwise as some shops are.
    return {.status = 403, .body = "no such login: " + request.body};
  }
  const std::string session = NextName("session");
  if (fault_ != ShopFault::kSessionExpired) sessions_[session] = NextName("api-csrf");
  return {
      .status = 303,
      .headers = {{"Location", "/account"},
                  {"Set-Cookie", fmt::format("session={}; Path=/; Secure; HttpOnly", session)}}};
}

std::map<std::string, std::string>::iterator DemoShop::SessionOf(const HttpRequest& request) {
  return sessions_.find(Cookie(request, "session"));
}

HttpResponse DemoShop::ShowAccount(const HttpRequest& request) {
  const auto session = SessionOf(request);
  const std::string csrf = session == sessions_.end() ? "canary-of-nobody" : session->second;
  return Json(200, fmt::format(R"({{"api": {{"csrf": "{}"}}}})", csrf));
}

HttpResponse DemoShop::LogOut(const HttpRequest& request) {
  const auto session = SessionOf(request);
  if (session == sessions_.end()) return {.status = 401};
  sessions_.erase(session);
  return {.status = 204};
}

HttpResponse DemoShop::Create(const HttpRequest& request) {
  if (fault_ == ShopFault::kCreateFails) return {.status = 500};
  static constexpr std::string_view kBegin = R"({"name": ")";
  if (!request.body.starts_with(kBegin) || !request.body.ends_with("\"}")) return {.status = 400};
  const std::string id = fmt::format("1234567890123456{:03}", ++made_);
  items_[id] = request.body.substr(kBegin.size(), request.body.size() - kBegin.size() - 2);
  if (fault_ == ShopFault::kCreateWithoutId) return Json(201, R"({"state": "made"})");
  return Json(201, fmt::format(R"({{"id": {}}})", id));
}

HttpResponse DemoShop::Read(const std::string& id) {
  if (fault_ == ShopFault::kReadFails) return {.status = 500};
  const auto item = items_.find(id);
  if (item == items_.end()) return Json(404, R"({"error": "no such item"})");
  return Json(200, fmt::format(R"({{"id": {}, "name": "{}"}})", id, item->second));
}

HttpResponse DemoShop::Delete(const std::string& name) {
  if (fault_ == ShopFault::kDeleteRefused) return {.status = 403};
  if (fault_ == ShopFault::kDeleteDoesNothing) return {.status = 204};
  const std::size_t gone = std::erase_if(items_, [&](const auto& i) { return i.second == name; });
  return {.status = gone == 0 ? 404 : 204};
}

}  // namespace gaikei::support
