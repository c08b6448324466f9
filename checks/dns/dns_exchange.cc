#include "checks/dns/dns_exchange.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <utility>

#include "checks/dns/dns_over_https.h"
#include "checks/dns/dns_over_stream.h"
#include "checks/dns/dns_servers.h"
#include "checks/io/dns/dns_cursor.h"
#include "checks/io/dns/dns_datagram.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/url.h"
#include "checks/parts/dial.h"
#include "results/text.h"

namespace gaikei {
namespace {

std::span<const std::uint8_t> BytesOf(const std::string& message) {
  return {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
}

std::string_view TransportName(DnsTransport transport) {
  switch (transport) {
    case DnsTransport::kUdp:
      return "udp";
    case DnsTransport::kTcp:
      return "tcp";
    case DnsTransport::kDot:
      return "dot";
    case DnsTransport::kDoh:
      return "doh";
  }
  return "";
}

/// A server from before EDNS (RFC 6891, 7). FORMERR counts also where the OPT record comes back:
/// some echo what they did not understand. NOTIMP with one is about the question.
bool RefusesEdns(const DnsAnswer& answer, const std::string& bytes) {
  constexpr std::size_t kAdditionalCount = 10;  // its place in the header
  if (answer.reason != Reason::kNone) return false;
  if (answer.rcode == "FORMERR") return true;
  const bool has_opt =
      io::DnsCursor(BytesOf(bytes), kAdditionalCount).U16() != answer.additional.count;
  return answer.rcode == "NOTIMP" && !has_opt;
}

}  // namespace

struct DnsExchange::Impl {
  Impl(const AttemptContext& in, DnsServerTarget whom, io::DnsQuery what, Done on_done)
      : context(in),
        server(std::move(whom)),
        query(std::move(what)),
        done(std::move(on_done)),
        transport(server.transport),
        port(server.port == 0 ? DefaultDnsPort(transport) : server.port),
        next_turn(in.engine.loop()) {}

  const AttemptContext context;
  const DnsServerTarget server;
  io::DnsQuery query;  ///< as it is asked now
  Done done;
  DnsTransport transport;  ///< as it is asked now
  const std::uint16_t port;
  io::DnsWireQuery wire;
  io::Timer next_turn;
  MonoTime step_began{};  ///< of resolving, or the question by UDP
  std::unique_ptr<io::ResolveTicket> ticket;
  std::unique_ptr<io::DnsDatagram> datagram;
  std::unique_ptr<Dial> dial;
  std::unique_ptr<DnsOverStream> stream;
  std::unique_ptr<DnsOverHttps> https;
  DnsExchangeResult result;

  void Begin() {
    if (!Build()) return;
    if (transport != DnsTransport::kUdp) return Connect(server.address);
    std::optional<io::Address> known = server.address;
    if (!known) {
      known = io::Address::Parse(server.host, port);
      if (known && server.family != Family::kAuto && known->family() != server.family) {
        known.reset();  // the resolver says so
      }
    }
    if (known) return AskByUdp(known->WithPort(port));
    step_began = MonoNow();
    ticket = context.engine.ResolverFor(context.region)
                 .Resolve(server.host, server.family,
                          [this](io::ResolveResult found) { OnResolved(std::move(found)); });
  }

  /// False where the question cannot be put, which is told in the next turn.
  bool Build() {
    auto built = io::BuildDnsQuery(query);
    if (!built) {
      next_turn.Arm(Span::zero(), [this, why = built.error()] {
        Fail(Reason::kProberInternal, std::nullopt, why);
      });
      return false;
    }
    wire = std::move(*built);
    return true;
  }

  void OnResolved(io::ResolveResult found) {
    ticket.reset();
    result.phases.Add(Phase::kResolve, found.known - step_began);
    result.resolve = std::move(found.evidence);
    if (found.reason != Reason::kNone) {
      return Fail(found.reason, Phase::kResolve, std::move(found.message));
    }
    AskByUdp(found.addresses.front().WithPort(port));
  }

  void AskByUdp(const io::Address& address) {
    result.peer = address;
    step_began = MonoNow();
    datagram = std::make_unique<io::DnsDatagram>(
        context.engine.loop(), context.region, address, wire, server.deny_private,
        [this](io::DnsDatagram::Result answer) { OnDatagram(std::move(answer)); });
  }

  void OnDatagram(io::DnsDatagram::Result answer) {
    CloseDatagram();
    if (answer.reason != Reason::kNone) {
      if (answer.reason == Reason::kAddressBlocked) {
        return Fail(answer.reason, std::nullopt, std::move(answer.message));
      }
      // Nobody is there, as ICMP or the kernel says: the question met no server.
      result.phases.Add(Phase::kConnect, MonoNow() - step_began);
      return Fail(answer.reason, Phase::kConnect, std::move(answer.message));
    }
    const Span spent = answer.arrived - answer.sent;
    result.phases.Add(Phase::kProcessing, spent);
    if (io::IsTruncated(BytesOf(answer.bytes))) {
      ++result.answer.tcp_fallbacks;
      transport = DnsTransport::kTcp;
      if (Build()) Connect(result.peer);
      return;
    }
    OnAnswer(std::move(answer.bytes), spent);
  }

  void CloseDatagram() {
    if (datagram) result.answer.ignored += datagram->ignored();
    datagram.reset();
  }

  void Connect(const std::optional<io::Address>& address) {
    DialTarget target;
    target.host = server.host;
    target.port = port;
    target.family = server.family;
    target.address = address;
    target.deny_private = server.deny_private;
    dial = std::make_unique<Dial>(context, std::move(target),
                                  [this](DialResult dialled) { OnDialled(std::move(dialled)); });
  }

  void OnDialled(DialResult dialled) {
    dial.reset();
    KeepDial(dialled);
    if (dialled.reason != Reason::kNone) {
      return Fail(dialled.reason, dialled.phase, std::move(dialled.message));
    }
    if (transport == DnsTransport::kDoh) return AskByHttps(std::move(dialled));
    const bool is_secure = transport == DnsTransport::kDot;
    stream = std::make_unique<DnsOverStream>(
        context.engine.loop(), std::move(dialled.fd), dialled.connected, wire,
        is_secure ? server.tls : nullptr, server.host,
        [this](DnsOverStream::Result answer) { OnStream(std::move(answer)); });
  }

  void KeepDial(const DialResult& dialled) {
    if (dialled.peer.length != 0) result.peer = dialled.peer;
    result.phases.Add(dialled.phases);
    if (dialled.phases[Phase::kResolve]) result.resolve = dialled.resolve;
    auto& notes = result.answer.notes;
    notes.insert(notes.end(), dialled.notes.begin(), dialled.notes.end());
  }

  void AskByHttps(DialResult dialled) {
    // Nobody else can answer on this connection, and an id of 0 lets HTTP caches do their work (RFC
    // 8484, 4.1).
    wire.id = 0;
    wire.bytes.replace(0, 2, 2, '\0');
    auto url = io::ParseUrl(DnsServerText(server));
    if (!url) return Fail(Reason::kProberInternal, std::nullopt, std::move(url.error().message));
    https = std::make_unique<DnsOverHttps>(
        context, std::move(dialled), std::move(*url), wire, server.tls,
        [this](DnsOverStream::Result answer) { OnStream(std::move(answer)); });
  }

  void OnStream(DnsOverStream::Result answer) {
    stream.reset();
    https.reset();
    KeepStream(answer);
    if (answer.reason != Reason::kNone) {
      return Fail(answer.reason, answer.phase, std::move(answer.message));
    }
    if (io::IsTruncated(BytesOf(answer.bytes))) {
      result.bytes = std::move(answer.bytes);
      return Fail(Reason::kDnsMalformed, Phase::kProcessing,
                  "the answer is truncated (TC) although it did not come by UDP");
    }
    OnAnswer(std::move(answer.bytes), answer.phases[Phase::kProcessing].value_or(Span::zero()));
  }

  void KeepStream(const DnsOverStream::Result& answer) {
    result.phases.Add(answer.phases);
    result.answer.ignored += answer.ignored;
    if (answer.tls) result.tls = answer.tls;
    if (answer.tcp) result.tcp = answer.tcp;
  }

  void OnAnswer(std::string bytes, Span spent) {
    DnsAnswer answer = io::ReadDnsAnswer(BytesOf(bytes), wire);
    if (query.edns_size != 0 && RefusesEdns(answer, bytes)) {
      return AskWithoutEdns(answer.rcode);
    }
    answer.tcp_fallbacks = result.answer.tcp_fallbacks;
    answer.ignored = result.answer.ignored;
    auto& notes = result.answer.notes;
    answer.notes.insert(answer.notes.begin(), notes.begin(), notes.end());
    answer.duration = spent;
    result.answer = std::move(answer);
    result.bytes = std::move(bytes);
    if (result.answer.reason != Reason::kNone) result.phase = Phase::kProcessing;
    Finish();
  }

  void AskWithoutEdns(const std::string& rcode) {
    result.answer.notes.push_back(
        fmt::format("EDNS was answered by {}, so it was asked again without", rcode));
    query.edns_size = 0;
    query.dnssec_ok = false;
    query.nsid = false;
    query.cookie = false;
    query.ecs.clear();
    if (!Build()) return;
    if (transport == DnsTransport::kUdp) {
      AskByUdp(result.peer);
    } else {
      Connect(result.peer);
    }
  }

  void Fail(Reason reason, std::optional<Phase> phase, std::string message) {
    SetFailure(reason, phase, std::move(message));
    Finish();
  }

  void SetFailure(Reason reason, std::optional<Phase> phase, std::string message) {
    result.answer.reason = reason;
    result.answer.message = std::move(message);
    result.phase = phase;
  }

  void KeepServer() {
    result.answer.server = DnsServerText(server);
    result.answer.transport = TransportName(transport);
  }

  void Finish() {
    KeepServer();
    const Done report = std::move(done);
    DnsExchangeResult told = std::move(result);
    report(std::move(told));  // may destroy this
  }

  DnsExchangeResult GiveUp() {
    next_turn.Disarm();
    const std::string after = "timeout after " + FormatDuration(context.timeout);
    if (ticket) {
      io::ResolveResult found = ticket->GiveUp();
      ticket.reset();
      result.phases.Add(Phase::kResolve, MonoNow() - step_began);
      result.resolve = std::move(found.evidence);
      SetFailure(found.reason, Phase::kResolve, fmt::format("{}: {}", after, found.message));
    } else if (dial) {
      DialResult dialled = dial->GiveUp();
      dial.reset();
      KeepDial(dialled);
      // The question was sent already, and is not answered.
      const bool is_asked = result.answer.tcp_fallbacks > 0;
      SetFailure(is_asked && dialled.reason == Reason::kConnectTimeout ? Reason::kDnsTimeout
                                                                       : dialled.reason,
                 dialled.phase, std::move(dialled.message));
    } else if (stream || https) {
      DnsOverStream::Result answer = stream ? stream->GiveUp() : https->GiveUp();
      stream.reset();
      https.reset();
      KeepStream(answer);
      SetFailure(answer.reason, answer.phase, fmt::format("{}: {}", after, answer.message));
    } else {
      if (datagram) result.phases.Add(Phase::kProcessing, MonoNow() - step_began);
      CloseDatagram();
      SetFailure(Reason::kDnsTimeout, Phase::kProcessing, SilenceText(after));
    }
    KeepServer();
    return std::move(result);
  }

  std::string SilenceText(const std::string& after) const {
    const std::string text =
        fmt::format("{}: no answer from {} port {}", after,
                    result.peer.length == 0 ? Escape(server.host) : result.peer.Text(), port);
    return result.answer.ignored == 0
               ? text
               : fmt::format("{}; {} that were not meant for us", text, result.answer.ignored);
  }
};

DnsExchange::DnsExchange(const AttemptContext& context, DnsServerTarget server, io::DnsQuery query,
                         Done done)
    : impl_(std::make_unique<Impl>(context, std::move(server), std::move(query), std::move(done))) {
  impl_->Begin();
}
DnsExchange::~DnsExchange() = default;

DnsExchangeResult DnsExchange::GiveUp() { return impl_->GiveUp(); }

}  // namespace gaikei
