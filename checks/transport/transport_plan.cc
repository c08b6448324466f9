#include "checks/transport/transport_plan.h"

#include <fmt/format.h>

#include "checks/http/authorization.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

ProxyOptions::Type ProxyTypeOf(std::string_view scheme) {
  using Type = ProxyOptions::Type;
  if (scheme == "http") return Type::kHttp;
  if (scheme == "socks5") return Type::kSocks5;
  if (scheme == "socks5h") return Type::kSocks5h;
  return Type::kNone;
}

HttpAuth AuthOf(const UpstreamTransportSpec& spec) {
  HttpAuth auth;
  if (!spec.bearer.empty()) {
    auth.scheme = HttpAuth::Scheme::kBearer;
    auth.token = spec.bearer;
  } else if (!spec.user.empty() || !spec.password.empty()) {
    auth.scheme = HttpAuth::Scheme::kBasic;
    auth.user = spec.user;
    auth.password = spec.password;
  }
  return auth;
}

/// Each of these gives why it cannot be done, empty when it can.
std::string ReadUrl(const UpstreamTransportSpec& spec, TransportPlan& plan) {
  auto url = io::ParseUrl(spec.url);
  if (!url) return "url: " + url.error().message;
  if (url->scheme != "http" && url->scheme != "https") return "url: neither http nor https";
  if (!url->user.empty() || !url->password.empty()) {
    return "url: has credentials; user, password and bearer are keys of their own";
  }
  plan.url = std::move(*url);
  return {};
}

std::string ReadProxy(const UpstreamTransportSpec& spec, TransportPlan& plan) {
  plan.way.is_resolve_cached = true;
  if (spec.proxy.empty()) return {};
  auto url = io::ParseUrl(spec.proxy);
  if (!url) return "proxy: " + url.error().message;
  ProxyOptions& proxy = plan.way.proxy.Mutable();
  proxy.type = ProxyTypeOf(url->scheme);
  if (proxy.type == ProxyOptions::Type::kNone) {
    return "proxy: it is http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT";
  }
  if (url->host.empty() || url->port == 0) return "proxy: no host, or no port";
  if (!url->user.empty() || !url->password.empty()) {
    return "proxy: has credentials in its url; they have keys of their own";
  }
  proxy.host = url->host;
  proxy.port = url->port;
  proxy.user = spec.proxy_user;
  proxy.password = spec.proxy_password;
  return {};
}

std::string ReadHeaders(const UpstreamTransportSpec& spec, TransportPlan& plan) {
  for (const auto& [name, value] : spec.headers) {
    if (!IsToken(name)) return "headers: " + Escape(name, 80) + " is no name of a field";
    if (BreaksALine(value.Reveal())) return "headers: line break or NUL in " + name;
    plan.headers.emplace_back(name, value);
    plan.secrets.Add(value);
    plan.long_secrets.AddLong(value);
  }
  const HttpAuth auth = AuthOf(spec);
  if (std::string why = WhyUnsendable(auth); !why.empty()) return why;
  if (auth.scheme == HttpAuth::Scheme::kNone) return {};
  std::erase_if(plan.headers, [](const auto& header) {
    return io::EqualsIgnoringCase(header.first, "authorization");
  });
  Authorization authorization(auth);
  const std::vector<std::pair<const std::string*, const Secret*>> none;
  const AuthRequest request{
      .url = plan.url, .method = "POST", .headers = none, .body = {}, .now = WallTime()};
  for (const auto& field : authorization.Fields(request)) plan.headers.push_back(field);
  return {};
}

void CollectSecrets(const UpstreamTransportSpec& spec, TransportPlan& plan) {
  AddSecrets(AuthOf(spec), plan.secrets);
  for (const Secret& secret :
       {spec.password, spec.bearer, spec.proxy_password, BasicCredentials(spec.user, spec.password),
        BasicCredentials(spec.proxy_user, spec.proxy_password)}) {
    plan.secrets.Add(secret);
    plan.long_secrets.AddLong(secret);
  }
}

std::string ReadFiles(const UpstreamTransportSpec& spec, TransportPlan& plan) {
  const bool names_files = !(spec.cacert.empty() && spec.cert.empty() && spec.key.empty());
  if (plan.url.scheme != "https" && !names_files) return {};
  TlsOptions options;
  options.cacert = spec.cacert;
  options.cert = spec.cert;
  options.key = spec.key;
  options.insecure = spec.insecure;
  options.server_name = spec.server_name;
  auto setup = io::TlsSetup::Load(options);
  if (!setup) return setup.error();
  plan.tls = std::move(*setup);
  return {};
}

}  // namespace

tl::expected<std::shared_ptr<const TransportPlan>, std::string> TransportPlan::Of(
    const UpstreamTransportSpec& spec) {
  auto plan = std::make_shared<TransportPlan>();
  CollectSecrets(spec, *plan);
  for (const auto read : {ReadUrl, ReadProxy, ReadHeaders, ReadFiles}) {
    if (std::string why = read(spec, *plan); !why.empty()) return tl::unexpected(std::move(why));
  }
  return plan;
}

}  // namespace gaikei
