#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/dns/hosts_file.h"
#include "checks/io/dns/lookup.h"
#include "checks/io/dns/name_servers.h"
#include "checks/io/dns/reference_names.h"
#include "checks/io/dns/resolve_cache.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/loop/timer.h"
#include "results/time.h"

namespace gaikei::io {

/// What the queries of one resolver share.
struct ResolverParts {
  ResolverParts(Loop& loop, const Region& region, const ResolverFiles& files)
      : hosts(files.hosts),
        servers(loop, region, files.resolv_conf),
        references(servers, region.reference) {}

  HostsFile hosts;
  NameServers servers;
  ReferenceNames references;
  ResolveCache cache;
};

/// How queries find the parts; null once the resolver is gone.
struct ResolverLink {
  ResolverParts* parts = nullptr;
};

/// One name in the making: the hosts file, the cache, the lookups for A and AAAA (and HTTPS beside
/// them), and the verdict they give together. Loop thread only.
class ResolveQuery final : public ResolveTicket, private Lookup::Listener {
 public:
  /// `name` in lower case, without the final dot.
  ResolveQuery(Loop& loop, std::shared_ptr<const ResolverLink> link, std::string name,
               const ResolveOptions& options, Resolver::Done done);
  ~ResolveQuery() override;

  void Start();
  std::vector<std::string> https() const override;
  ResolveResult GiveUp() override;

 private:
  void OnVerdict(Lookup& lookup) override;
  void OnTrouble() override;

  bool AnswerWithoutQuestion();
  void AddLookup(std::uint16_t type);
  void Begin(Lookup& lookup);
  void Remember(const Lookup& lookup);

  /// `known`: by when (ResolveResult).
  void Conclude(MonoTime known);
  MonoTime LastArrival() const;
  void Hold(ResolveResult failure);
  void Release();
  void Deliver(ResolveResult result);
  void CancelLookups();

  bool AreReferencesDead() const;
  ResolveResult Combine() const;
  ResolveResult NoData() const;
  ResolveResult ResolverDown() const;
  ResolveEvidence Evidence() const;

  const std::shared_ptr<const ResolverLink> link_;
  const std::string name_;
  const ResolveOptions options_;
  const std::string last_server_;  ///< of the options, which borrow it
  const MonoTime started_;
  Resolver::Done done_;
  std::vector<std::shared_ptr<Lookup>> lookups_;  // A before AAAA
  std::shared_ptr<Lookup> https_;                 // null: not asked for
  bool is_concluded_ = false;
  std::optional<ResolveResult> result_;  // waits for the references, or for the next turn
  std::shared_ptr<const ReferenceNames::Waiter> waiter_;  // null: the references are not waited for
  Timer timer_;
};

}  // namespace gaikei::io
