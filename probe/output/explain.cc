#include "probe/output/explain.h"

#include <array>

namespace gaikei {
namespace {

struct Row {
  Reason reason;
  Explanation text;
};

constexpr std::array kRows = {
    Row{Reason::kDnsNxdomain,
        {"The name does not exist in the DNS.",
         "Check the spelling, whether the domain has expired, and the zone it should stand in."}},
    Row{Reason::kDnsNodata,
        {"The name exists, but has no record of the type that was asked for.",
         "Look for the A and AAAA records in the zone, or ask for the other address family."}},
    Row{Reason::kDnsServfail,
        {"The DNS server could not answer (SERVFAIL).",
         "Look at the zone's own servers: unreachable, not loaded, or a DNSSEC signature that does "
         "not verify."}},
    Row{Reason::kDnsRefused,
        {"The DNS server refused to answer for this name.",
         "Look at that server's access rules, and whether it serves this zone at all."}},
    Row{Reason::kDnsTimeout,
        {"No DNS server answered in time.",
         "Ask each server by itself, over UDP and TCP, and look for a firewall on port 53."}},
    Row{Reason::kDnsMalformed,
        {"The DNS answer could not be understood.",
         "Look at the server and at anything on the way that rewrites DNS."}},
    Row{Reason::kConnectRefused,
        {"The machine answered, but nothing listens on that port.",
         "See whether the service runs, listens on this address and port, and is not rejected by a "
         "firewall."}},
    Row{Reason::kConnectTimeout,
        {"Nobody answered the connection request in time.",
         "Look for a firewall that drops packets, a machine that is down, or a full accept "
         "queue."}},
    Row{Reason::kConnectUnreachable,
        {"There is no way to that address.",
         "Look at the routes on the way and at whether this family, IPv4 or IPv6, works there at "
         "all."}},
    Row{Reason::kConnectReset,
        {"The connection was reset while it was being made.",
         "Look at load balancers and firewalls in front of the service."}},
    Row{Reason::kTlsTimeout,
        {"The connection stood, but the TLS handshake did not end in time.",
         "See whether the port speaks TLS, and whether the server is overloaded."}},
    Row{Reason::kTlsAlert,
        {"The server ended the TLS handshake with an alert.",
         "Compare versions, ciphers, the server name sent, and whether a client certificate is "
         "demanded."}},
    Row{Reason::kTlsProtocol,
        {"What came back was no valid TLS.",
         "See whether the port speaks plain text, or whether something on the way interferes."}},
    Row{Reason::kTlsCertExpired,
        {"A certificate of the chain has expired.",
         "Renew it, load it into the server, and find out why automatic renewal did not."}},
    Row{Reason::kTlsCertNotYetValid,
        {"A certificate of the chain is not valid yet.",
         "Compare its first day with the clocks of the server and of this prober."}},
    Row{Reason::kTlsCertNameMismatch,
        {"The certificate is for other names than the one that was asked for.",
         "Look at the certificate's names, and at whether the server picks the right one by SNI."}},
    Row{Reason::kTlsCertSelfSigned,
        {"The certificate is signed by itself, and not one that is trusted here.",
         "Install a certificate of a known authority, or give this one with --cacert."}},
    Row{Reason::kTlsCertUntrusted,
        {"The certificate does not lead to an authority that is trusted here.",
         "See whether the server sends its intermediate certificates; a private authority is given "
         "with --cacert."}},
    Row{Reason::kTlsCertRevoked,
        {"The certificate has been revoked by its authority.",
         "Replace it, and find out why it was revoked."}},
    Row{Reason::kTlsCertWeak,
        {"The certificate's key or signature is too weak to be trusted.",
         "Have it issued anew with at least RSA 2048 or P-256, signed with SHA-256."}},
    Row{Reason::kResponseTimeout,
        {"The request was sent, but no answer began in time.",
         "Look at the application behind the server: slow, blocked, or waiting for something "
         "else."}},
    Row{Reason::kTransferTimeout,
        {"The answer began, but did not end in time.",
         "Look at what produces the body, and at the path's bandwidth and packet loss."}},
    Row{Reason::kReset,
        {"The connection was reset in the middle of the exchange.",
         "Look at the server's log for a crash or restart, and at idle timeouts of proxies."}},
    Row{Reason::kTruncated,
        {"The connection ended before the answer was complete.",
         "Compare Content-Length with what was sent, and look for a crash of the application."}},
    Row{Reason::kProtocolError,
        {"The answer broke the rules of its protocol.",
         "Look at what speaks on that port, and at proxies that rewrite the answer."}},
    Row{Reason::kTooLarge,
        {"The answer was larger than this check reads.",
         "See whether the page should be that large, or raise max_body."}},
    Row{Reason::kTooManyRedirects,
        {"The redirects did not come to an end.",
         "Look at the hops for a loop, or raise max_redirects."}},
    Row{Reason::kExpectStatus,
        {"The service answered with another status than expected.",
         "Look at the application's log for this request."}},
    Row{Reason::kExpectDuration,
        {"It took longer, or shorter, than expected.",
         "Find the phase that took the time, and whether others see the same."}},
    Row{Reason::kExpectPhase,
        {"One phase took longer, or shorter, than expected.",
         "Look at what that phase depends on: DNS, the path, TLS or the application."}},
    Row{Reason::kExpectHeader,
        {"A response header was missing or not as expected.",
         "See all headers with -v, and look at proxies that add or drop them."}},
    Row{Reason::kExpectBody,
        {"The body was not as expected.",
         "Look at what is served: an error page, an old version, a cached copy."}},
    Row{Reason::kExpectJson,
        {"The JSON in the body was not as expected.",
         "Compare the document with the path of the expectation."}},
    Row{Reason::kExpectRedirects,
        {"The number of redirects was not as expected.",
         "Look at the hops, and at which rule of the server makes them."}},
    Row{Reason::kExpectLastModified,
        {"The page was last changed at another time than expected.",
         "Look at what publishes it, and whether a cache holds an old one."}},
    Row{Reason::kExpectHttp,
        {"Another HTTP version was spoken than expected.",
         "Look at what the server and the proxies in front of it offer by ALPN."}},
    Row{Reason::kExpectAddress,
        {"Another address answered than expected.",
         "Look at the DNS records and at any traffic steering."}},
    Row{Reason::kExpectCertificate,
        {"The certificate was not as expected.",
         "Look at the certificate's dates, issuer and names; renew it if it runs out."}},
    Row{Reason::kExpectTls,
        {"The TLS connection was not as expected.",
         "Look at the versions and ciphers that the server offers."}},
    Row{Reason::kExpectRcode,
        {"The DNS server answered with another code than expected.",
         "Look at the zone, and at whether this server is authoritative for it."}},
    Row{Reason::kExpectAnswer,
        {"The DNS answer was not as expected.",
         "Compare the records in the zone with those that this server gives."}},
    Row{Reason::kExpectAuthority,
        {"The authority section of the DNS answer was not as expected.",
         "Look at the delegation and at the zone's NS and SOA records."}},
    Row{Reason::kExpectAdditional,
        {"The additional section of the DNS answer was not as expected.",
         "Look at the glue records of the delegation."}},
    Row{Reason::kExpectTtl,
        {"The time to live of a DNS record was not as expected.",
         "Look at the TTL in the zone, and at whether a cache answered."}},
    Row{Reason::kExpectFlags,
        {"The flags of the DNS answer were not as expected.",
         "See whether the server is authoritative, recursive and validating as it should be."}},
    Row{Reason::kExpectSerial,
        {"The serial number of the zone was not as expected.",
         "See whether the zone transfer to this server works."}},
    Row{Reason::kExpectPacketLoss,
        {"More packets were lost than expected.", "Look at the path hop by hop, from both ends."}},
    Row{Reason::kExpectRtt,
        {"The round trip took longer, or shorter, than expected.",
         "Look at the path, and whether it has changed."}},
    Row{Reason::kExpectServingStatus,
        {"The service reports another serving status than expected.",
         "Look at what the service's own health check depends on."}},
    Row{Reason::kExpectResponse,
        {"The response was not as expected.", "Compare what was received with the expectation."}},
    Row{Reason::kExpectSize,
        {"The DNS answer was larger, or smaller, than expected.",
         "Look at the records of the zone, and at what DNSSEC adds."}},
    Row{Reason::kExpectAgree,
        {"Name servers that should say the same do not.",
         "Look at the server that differs, and at whether zone transfers to it work."}},
    Row{Reason::kExpectDnssec,
        {"DNSSEC validation did not come to what was expected.",
         "Look at the zone that is named: signatures, keys, and the DS record in its parent."}},
    Row{Reason::kHeartbeatMissed,
        {"The job did not report in time.",
         "See whether the job ran, and whether it can reach this prober."}},
    Row{Reason::kHeartbeatReportedFailure,
        {"The job reported that it had failed.", "Look at the job's own log."}},
    Row{Reason::kSchemeBlocked,
        {"A redirect pointed to a kind of address that no check follows.",
         "Look at the Location header of the last hop."}},
    Row{Reason::kAddressBlocked,
        {"The address is one that this check may not look at, so nothing was sent.",
         "If it is meant to be looked at, allow it with allow_private or drop deny_private."}},
    Row{Reason::kProberOverload,
        {"This prober was too busy to measure honestly.",
         "Give it fewer checks, longer intervals or more cores."}},
    Row{Reason::kProberFdLimit,
        {"This prober ran out of file descriptors.",
         "Raise its limit of open files (LimitNOFILE, ulimit -n) or lower max_in_flight."}},
    Row{Reason::kProberPortExhausted,
        {"This prober ran out of local ports.",
         "Widen net.ipv4.ip_local_port_range, add source addresses, or check less often."}},
    Row{Reason::kProberNoMemory,
        {"This prober ran out of memory.",
         "Look at its memory limit, and lower max_in_flight or max_body."}},
    Row{Reason::kProberNetworkDown,
        {"This prober's own network, or the proxy that it goes through, was down.",
         "Look at the interface, the source address, the routes and the proxy of this region."}},
    Row{Reason::kProberResolverDown,
        {"None of this prober's resolvers could be reached.",
         "Look at the region's resolver setting or /etc/resolv.conf, and whether they answer."}},
    Row{Reason::kProberRegionImpaired,
        {"This region failed to reach targets that are known to be good.",
         "Look at the region's network before believing anything seen from it."}},
    Row{Reason::kProberInternal,
        {"This prober met a condition it was not made for.",
         "Please report it, with the message and the output of gaikei version."}},
    Row{Reason::kProberSkipped,
        {"The check was not run or not finished: its place never came free, or it was ended early.",
         "Look for a signal, a deadline, a pause of the process or too many checks in flight."}},
};

}  // namespace

Explanation Explain(Reason reason) {
  for (const Row& row : kRows) {
    if (row.reason == reason) return row.text;
  }
  return {};
}

std::string_view ExplainBlame(Blame blame) {
  switch (blame) {
    case Blame::kTarget:
      return "The fault is the target's.";
    case Blame::kDns:
      return "The fault lies with the name's DNS.";
    case Blame::kNetwork:
      return "The fault lies with the network between here and the target.";
    case Blame::kProber:
      return "The fault is this prober's: it says nothing about the target.";
    case Blame::kConfig:
      return "The check's own settings caused it: it says nothing about the target.";
  }
  return "";
}

}  // namespace gaikei
