#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/dns/name_server.h"
#include "checks/io/net/address.h"
#include "results/reason.h"
#include "results/time.h"

namespace gaikei::io {

class NameServers;

/// Record types that names are resolved by (RFC 1035, 3.2.2; RFC 3596; RFC 9460).
inline constexpr std::uint16_t kRecordA = 1;
inline constexpr std::uint16_t kRecordAaaa = 28;
inline constexpr std::uint16_t kRecordHttps = 65;

/// What the resolvers said about one name and type.
struct LookupVerdict {
  Reason reason = Reason::kNone;        ///< kNone: there are such records
  std::string message = {};             ///< of the reason, escaped
  std::vector<Address> addresses = {};  ///< of A and AAAA; port 0
  std::vector<std::string> https = {};  ///< data of HTTPS records, presentation format; at most 8
  std::string server = {};              ///< that said so, with its port; empty: nobody did
  std::uint32_t ttl = 0;                ///< seconds it may be kept; set where that was asked for
  bool is_cached = false;
  MonoTime arrived{};  ///< when the answer came (NameServer::Reply); of what is cached: in its time
};

/// Whether a verdict is what the name says, rather than that it could not be learnt.
constexpr bool IsAnswer(Reason reason) {
  return reason == Reason::kNone || reason == Reason::kDnsNxdomain || reason == Reason::kDnsNodata;
}

/// One question to the resolvers of a vantage, in their order, until there is a verdict. Loop
/// thread only.
///
/// A server that does not answer within a second is left for the next one, and after the last it
/// begins again with the first, without end. A bad answer (SERVFAIL, REFUSED, one that cannot be
/// read, nobody listening) is remembered, and is the verdict once a whole round has brought nothing
/// better: at once where every server spoke, after three rounds where one is silent.
///
/// Shared with the questions in flight, which c-ares cannot cancel one by one: it outlives its
/// listener when that cancels.
class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  class Listener {
   public:
    /// There is a verdict. Called once, perhaps inside Start(). Must not destroy the servers.
    virtual void OnVerdict(Lookup& lookup) = 0;
    /// A server was silent, or answered that it cannot tell. Not called by a brief one.
    virtual void OnTrouble() = 0;

   protected:
    ~Listener() = default;
  };

  /// `name` is absolute and in lower case, without the final dot.
  Lookup(std::string name, std::uint16_t type);

  /// Every server is asked once at most: for what is not worth waiting for.
  void set_brief() { is_brief_ = true; }
  /// Has the verdict's ttl filled in.
  void set_wants_ttl() { wants_ttl_ = true; }

  /// The server that is asked last in every round ("192.0.2.53:53"); one that is none changes
  /// nothing.
  void set_last_server(std::string_view server) { last_server_ = server; }

  /// Both outlive it, or cancel it before they end (the servers do).
  void Start(NameServers& servers, Listener& listener);
  /// Ends it with what is known without asking.
  void Settle(LookupVerdict verdict, Listener& listener);
  /// The listener hears no more.
  void Cancel() { listener_ = nullptr; }

  const std::string& name() const { return name_; }
  std::uint16_t type() const { return type_; }
  bool is_settled() const { return is_settled_; }
  const LookupVerdict& verdict() const { return verdict_; }
  /// What went wrong before, each said once: "192.0.2.53:53 did not answer".
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void Send();
  void BeginAnew();
  void OnReply(const NameServer& server, const NameServer::Reply& reply);
  bool EndRound();
  LookupVerdict Judge(const NameServer& server, const NameServer::Reply& reply);
  LookupVerdict Read(const NameServer& server, std::span<const std::uint8_t> message);
  void Note(std::string note);
  void Conclude(LookupVerdict verdict);

  const std::string name_;
  const std::uint16_t type_;
  bool is_brief_ = false;
  bool wants_ttl_ = false;
  bool is_settled_ = false;
  bool any_silent_ = false;  // in this round
  std::size_t sent_ = 0;     // questions sent to this list of servers
  std::size_t first_ = 0;    // place of the server that every round begins with
  std::string last_server_;
  NameServers* servers_ = nullptr;
  Listener* listener_ = nullptr;  // null: nobody listens any more
  LookupVerdict failure_;         // the bad answer of this round that counts; kNone: none
  LookupVerdict verdict_;
  std::vector<std::string> notes_;
};

/// "no IPv4 address", "no IPv6 address", "no address".
std::string_view NoAddressText(Family family);

}  // namespace gaikei::io
