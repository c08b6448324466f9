#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_addresses.h"
#include "checks/dns/dns_exchange.h"
#include "checks/dns/dns_fallback.h"
#include "checks/dns/dns_plan.h"
#include "checks/dns/dns_zone.h"
#include "checks/io/loop/timer.h"

namespace gaikei {

/// Finds every authoritative server of the zone that the asked name lies in, as somebody does who
/// comes down from the root: the list is that of the parent's delegation. Where the parent cannot
/// be asked it is the zone's own, and that is noted, as is a zone whose own list is another.
/// Nothing is cached. Loop thread only. Destroying it cancels.
class DnsAuthorities {
 public:
  /// One address of one name server.
  struct Server {
    DnsServerTarget target;
    std::string name;  ///< of the name server, canonical
  };
  struct Result {
    Reason reason = Reason::kNone;  ///< kNone: `servers` is not empty
    std::string message;            ///< escaped; empty for success
    std::vector<Server> servers;    ///< sorted by name, IPv4 first; at most 32
    std::vector<std::string> notes;
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsAuthorities.
  using Done = std::function<void(Result)>;

  DnsAuthorities(const AttemptContext& context, std::shared_ptr<const DnsPlan> plan, Done done);
  ~DnsAuthorities();
  DnsAuthorities(const DnsAuthorities&) = delete;
  DnsAuthorities& operator=(const DnsAuthorities&) = delete;

 private:
  void OnZone(DnsZoneFinder::Result result);
  void FindParent();
  void OnParent(DnsZoneFinder::Result result);
  /// Asks the servers of a parent who is below it on the way to `name`.
  void AskParent(std::string name, const std::vector<std::string>& name_servers);
  void OnParentAddresses(std::string name, const DnsAddresses::Result& result);
  void OnParentSilence();
  void OnDelegation(const DnsFallback::Result& result);
  void TakeDelegation(const DnsAnswer& answer, const std::string& zone,
                      std::vector<std::string> delegated);
  /// Goes on with the zone's own list.
  void DoWithoutParent(const std::string& why);
  void FindAddresses();
  void OnAddresses(DnsAddresses::Result result);
  void AddServer(const std::string& name, const io::Address& address);
  DnsServerTarget TargetOf(const std::string& name, const io::Address& address) const;
  void AddNotes(std::vector<std::string> notes);
  void Fail(Reason reason, std::string message);
  void Finish();

  const AttemptContext context_;
  const std::shared_ptr<const DnsPlan> plan_;
  Done done_;
  std::string start_;  ///< where the walk begins: the asked name, canonical
  std::string zone_;
  std::string parent_;
  bool is_below_open_ = false;  ///< whether there is a broken zone below `parent_` is being asked
  std::vector<std::string> own_name_servers_;  ///< as the zone itself has them; empty: unknown
  std::vector<std::string> name_servers_;
  std::map<std::string, std::vector<io::Address>> glue_;
  std::unique_ptr<DnsZoneFinder> finder_;
  std::unique_ptr<DnsAddresses> addresses_;
  std::unique_ptr<DnsFallback> asking_;
  io::Timer patience_;
  Result result_;
};

}  // namespace gaikei
