#include "checks/io/http/proxy_errors.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include "results/text.h"

namespace gaikei::io {
namespace {

/// The proxy works, and will not do this for us: somebody has to set one of the two right.
ProxyFailure Refused(const ProxyFacts& facts, std::string_view why) {
  return {Reason::kProberNetworkDown, Blame::kConfig,
          fmt::format("the proxy {} refuses: {}", facts.address, why)};
}

ProxyFailure Broken(const ProxyFacts& facts, std::string_view why) {
  return {Reason::kProberNetworkDown, std::nullopt,
          fmt::format("the proxy {} does not work: {}", facts.address, why)};
}

ProxyFailure OfTarget(const ProxyFacts& facts, Reason reason, std::string_view why) {
  return {reason, std::nullopt, fmt::format("the proxy {} says: {}", facts.address, why)};
}

ProxyFailure JudgeConnect(const ProxyFacts& facts) {
  const int status = facts.connect_status;
  const std::string shown = fmt::format("status {} to CONNECT", status);
  if (status == 407) return ProxyWantsCredentials(facts.address);
  if (status == 502 || status == 503) {
    return OfTarget(facts, Reason::kConnectUnreachable, shown + ", target not reached");
  }
  if (status == 504) {
    return OfTarget(facts, Reason::kConnectTimeout, shown + ", target does not answer");
  }
  if (status >= 400 && status < 500) return Refused(facts, shown);
  return Broken(facts, shown);
}

/// RFC 1928, 6.
ProxyFailure JudgeSocks(const ProxyFacts& facts) {
  switch (facts.proxy_code) {
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
      return OfTarget(facts, Reason::kConnectUnreachable, "general failure");
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
      return OfTarget(facts, Reason::kConnectUnreachable, "network unreachable");
    case CURLPX_REPLY_HOST_UNREACHABLE:
      return OfTarget(facts, Reason::kConnectUnreachable, "host unreachable");
    case CURLPX_REPLY_CONNECTION_REFUSED:
      return OfTarget(facts, Reason::kConnectRefused, "connection refused");
    case CURLPX_REPLY_TTL_EXPIRED:
      return OfTarget(facts, Reason::kConnectTimeout, "no answer in time (TTL expired)");
    case CURLPX_REPLY_NOT_ALLOWED:
      return Refused(facts, "its rules do not allow the connection");
    case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
      return Refused(facts, "it does not connect for others");
    case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
      return Refused(facts, "it does not take this kind of address");
    case CURLPX_USER_REJECTED:
      return Refused(facts, "wrong user or password");
    case CURLPX_NO_AUTH:
      return Refused(facts, "it wants credentials, or others than we have");
    default:
      return Broken(facts, facts.text.empty() ? "no SOCKS 5 answer" : Escape(facts.text, 160));
  }
}

}  // namespace

ProxyFailure ProxyWantsCredentials(const std::string& address) {
  return {Reason::kProberNetworkDown, Blame::kConfig,
          fmt::format("the proxy {} refuses: status 407, it wants credentials, or others than we "
                      "have",
                      address)};
}

ProxyFailure JudgeProxy(const ProxyFacts& facts) {
  if (facts.is_too_large) return Broken(facts, "more than 64 KiB before it let us through");
  if (facts.type != ProxyOptions::Type::kHttp) return JudgeSocks(facts);
  // A tunnel that was granted and then broke is no answer to CONNECT any more.
  if (facts.connect_status >= 300) return JudgeConnect(facts);
  return Broken(facts, facts.text.empty() ? "no answer to CONNECT" : Escape(facts.text, 160));
}

}  // namespace gaikei::io
