#include "checks/io/dns/resolver.h"

#include <utility>

#include "checks/io/dns/resolve_query.h"
#include "results/ascii.h"

namespace gaikei::io {

struct Resolver::Impl {
  Impl(Loop& owner, const Region& region, const ResolverFiles& files)
      : loop(owner), parts(owner, region, files) {
    link->parts = &parts;
  }
  ~Impl() { link->parts = nullptr; }

  Loop& loop;
  ResolverParts parts;
  std::shared_ptr<ResolverLink> link = std::make_shared<ResolverLink>();
};

Resolver::Resolver(Loop& loop, const Region& region, const ResolverFiles& files)
    : impl_(std::make_unique<Impl>(loop, region, files)) {}
Resolver::~Resolver() = default;

std::vector<Address> Resolver::Servers() {
  NameServers& servers = impl_->parts.servers;
  servers.Refresh();
  std::vector<Address> addresses;
  for (std::size_t i = 0; i < servers.size(); ++i) addresses.push_back(servers.at(i).address());
  return addresses;
}

bool Resolver::is_idle() const { return impl_->link.use_count() == 1; }

std::unique_ptr<ResolveTicket> Resolver::Resolve(std::string_view host,
                                                 const ResolveOptions& options, Done done) {
  std::string name = LowerCase(host);
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  auto query = std::make_unique<ResolveQuery>(impl_->loop, impl_->link, std::move(name), options,
                                              std::move(done));
  query->Start();
  return query;
}

std::unique_ptr<ResolveTicket> Resolver::Resolve(std::string_view host, Family family, Done done) {
  return Resolve(host, ResolveOptions{.family = family}, std::move(done));
}

}  // namespace gaikei::io
