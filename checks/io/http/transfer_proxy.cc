#include "checks/io/http/transfer_proxy.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include "checks/io/http/http_transfer.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

long CurlType(ProxyOptions::Type type) {
  switch (type) {
    case ProxyOptions::Type::kSocks5:
      return CURLPROXY_SOCKS5;
    case ProxyOptions::Type::kSocks5h:
      return CURLPROXY_SOCKS5_HOSTNAME;
    default:
      return CURLPROXY_HTTP;
  }
}

}  // namespace

std::string_view Name(ProxyOptions::Type type) {
  switch (type) {
    case ProxyOptions::Type::kHttp:
      return "http";
    case ProxyOptions::Type::kSocks5:
      return "socks5";
    case ProxyOptions::Type::kSocks5h:
      return "socks5h";
    case ProxyOptions::Type::kNone:
      break;
  }
  return {};
}

TransferProxy::~TransferProxy() { curl_slist_free_all(headers_); }

void TransferProxy::Take(const HttpRequest& request) {
  options_ = request.proxy;
  has_tunnel_ = false;
  through_.reset();
  bytes_ = 0;
  if (options_ == nullptr) return;
  address_ = request.proxy_address.TextWithPort();
  has_tunnel_ = options_->type != ProxyOptions::Type::kHttp || request.url->scheme != "http";
}

bool TransferProxy::Apply(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PROXYHEADER, nullptr);
  curl_slist_free_all(headers_);
  headers_ = nullptr;
  // Never null: libcurl would look into the environment.
  curl_easy_setopt(easy, CURLOPT_PROXY, options_ == nullptr ? "" : address_.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, options_ == nullptr ? "*" : "");
  const bool has_user = options_ != nullptr && !options_->user.empty();
  curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, has_user ? options_->user.RevealCStr() : nullptr);
  curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD,
                   has_user ? options_->password.RevealCStr() : nullptr);
  if (options_ == nullptr) return true;
  curl_easy_setopt(easy, CURLOPT_PROXYTYPE, CurlType(options_->type));
  curl_easy_setopt(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_SOCKS5_AUTH, static_cast<long>(CURLAUTH_BASIC));
  // Its answer to CONNECT is not the target's.
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  for (const auto& [name, value] : options_->headers) {
    const std::string line = name + (value.empty() ? ";" : ": ") + std::string(value.Reveal());
    curl_slist* longer = curl_slist_append(headers_, line.c_str());
    if (longer == nullptr) return false;
    headers_ = longer;
  }
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  return curl_easy_setopt(easy, CURLOPT_PROXYHEADER, headers_) == CURLE_OK;
}

bool TransferProxy::CountByte() noexcept {
  // libcurl 7.88 reads an answer to CONNECT byte by byte, as much as the proxy likes to send, and
  // asks after each whether to go on.
  return !is_negotiating() || ++bytes_ <= kBytesLimit;
}

void TransferProxy::MarkThrough() {
  if (is_negotiating()) through_ = MonoNow();
}

std::optional<ProxyEvidence> TransferProxy::Evidence(CURL* easy, MonoTime since, bool is_reused,
                                                     MonoTime end) const {
  if (options_ == nullptr) return std::nullopt;
  ProxyEvidence evidence;
  evidence.type = Name(options_->type);
  evidence.address = address_;
  if (is_reused || !has_tunnel_) return evidence;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
  evidence.status = static_cast<int>(status);
  evidence.duration = through_.value_or(end) - since;
  return evidence;
}

ProxyFailure TransferProxy::Judge(CURL* easy, std::string_view text) const {
  long status = 0;
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
  curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &code);
  return JudgeProxy({.type = options_->type,
                     .address = address_,
                     .connect_status = static_cast<int>(status),
                     .proxy_code = static_cast<int>(code),
                     .is_too_large = is_too_large(),
                     .text = text});
}

ProxyFailure TransferProxy::Late() const {
  return {Reason::kProberNetworkDown, std::nullopt,
          fmt::format("the proxy {} has not let us through", address_)};
}

bool TransferProxy::IsOwnRefusal(int status) const {
  return options_ != nullptr && !has_tunnel_ && status == 407;
}

ProxyFailure TransferProxy::OwnRefusal() const { return ProxyWantsCredentials(address_); }

}  // namespace gaikei::io
