#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/support/http_server.h"
#include "tests/support/nginx.h"

namespace gaikei::support {

/// What of the shop is broken.
enum class ShopFault {
  kNone,
  kFormIsDown,         ///< GET /login answers 500
  kFormWithoutCsrf,    ///< the form has no token in it
  kLoginRefused,       ///< a right password is refused
  kSessionExpired,     ///< a session ends as soon as it has begun
  kCreateFails,        ///< POST answers 500 and makes nothing
  kCreateWithoutId,    ///< POST makes an item and does not say which
  kReadFails,          ///< GET of an item answers 500
  kDeleteRefused,      ///< DELETE answers 403
  kDeleteDoesNothing,  ///< DELETE answers 204 and deletes nothing
};

/// A small web shop over HTTPS: a login form with a CSRF token, a session in a cookie, and a JSON
/// API over items, served by a real nginx that stands in front of it.
///
///   GET /login                  the form, whose token belongs to the cookie `visit`
///   POST /login                 user, password, csrf; leads to /account
///   GET /account                {"api": {"csrf": TOKEN}}, to be sent as X-Csrf
///   POST /api/items             {"name": NAME}: 201 {"id": ID}
///   GET /api/items/ID           {"id": ID, "name": NAME}
///   DELETE /api/named/NAME      204
///   POST /logout                204
class DemoShop {
 public:
  static constexpr std::string_view kUser = "probe";
  static constexpr std::string_view kPassword = "canary-shop-password";

  explicit DemoShop(ShopFault fault = ShopFault::kNone);

  std::string Url(const std::string& path) const { return front_.SecureUrl(path); }
  /// File with the certificate that the shop is to be trusted by.
  const std::string& roots() const { return roots_; }

  /// The shop's own ledger: names of the items by their id. Any thread.
  std::map<std::string, std::string> Items() const;
  /// How many items were ever made.
  std::size_t made() const;
  /// How many sessions stand.
  std::size_t sessions() const;

 private:
  HttpResponse Answer(const HttpRequest& request);
  HttpResponse ShowForm();
  HttpResponse LogIn(const HttpRequest& request);
  HttpResponse ShowAccount(const HttpRequest& request);
  HttpResponse LogOut(const HttpRequest& request);
  HttpResponse Create(const HttpRequest& request);
  HttpResponse Read(const std::string& id);
  HttpResponse Delete(const std::string& name);
  /// The session of the request's cookie; end(): there is none.
  std::map<std::string, std::string>::iterator SessionOf(const HttpRequest& request);
  std::string NextName(std::string_view prefix);

  const ShopFault fault_;
  mutable std::mutex mutex_;
  std::size_t last_ = 0;
  std::size_t made_ = 0;
  std::map<std::string, std::string> visits_;    ///< token of the form by visit
  std::map<std::string, std::string> sessions_;  ///< token of the API by session
  std::map<std::string, std::string> items_;     ///< name by id
  const io::CertifiedKey key_ = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const TempDir dir_;
  const std::string roots_ = dir_.Write("roots.pem", key_.certificate);
  HttpServer server_;  ///< its threads use what stands above
  Nginx front_;
};

}  // namespace gaikei::support
