#include "scheduler/resources.h"

#include <sys/resource.h>

#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "scheduler/kernel_files.h"

namespace gaikei {
namespace {

struct Memory {
  std::optional<std::uint64_t> limit;
  std::uint64_t used = 0;
};

/// What can be dropped at need is not counted as used.
Memory GroupMemory(const std::string& folder, const char* limit, const char* usage,
                   std::string_view droppable) {
  Memory memory;
  memory.limit = NumberIn(ReadKernelFile(folder + "/" + limit));
  const std::uint64_t used = NumberIn(ReadKernelFile(folder + "/" + usage)).value_or(0);
  const std::uint64_t drop =
      FieldIn(ReadKernelFile(folder + "/memory.stat"), droppable).value_or(0);
  memory.used = used > drop ? used - drop : 0;
  return memory;
}

void Restrict(const Memory& memory, Resources& resources) {
  if (!memory.limit) return;
  const std::uint64_t left = *memory.limit > memory.used ? *memory.limit - memory.used : 0;
  if (!resources.memory || *memory.limit < *resources.memory) resources.memory = memory.limit;
  if (!resources.memory_available || left < *resources.memory_available) {
    resources.memory_available = left;
  }
}

void ReadMemory(const ResourceFiles& files, Resources& resources) {
  constexpr std::uint64_t kKibibyte = 1024;
  const std::string machine = ReadKernelFile(files.proc + "/meminfo");
  if (const auto total = FieldIn(machine, "MemTotal:")) resources.memory = *total * kKibibyte;
  if (const auto left = FieldIn(machine, "MemAvailable:")) {
    resources.memory_available = *left * kKibibyte;
  }
  const std::string groups = ReadKernelFile(files.proc + "/self/cgroup");
  // In a container the hierarchy begins at its own group, whatever the path says.
  for (const std::string& path : {GroupPath(groups, ""), std::string()}) {
    Restrict(GroupMemory(files.cgroup + path, "memory.max", "memory.current", "inactive_file "),
             resources);
  }
  for (const std::string& path : {GroupPath(groups, "memory"), std::string()}) {
    Restrict(GroupMemory(files.cgroup + "/memory" + path, "memory.limit_in_bytes",
                         "memory.usage_in_bytes", "total_inactive_file "),
             resources);
  }
}

std::optional<std::uint64_t> ReadPorts(const ResourceFiles& files) {
  std::istringstream range(ReadKernelFile(files.proc + "/sys/net/ipv4/ip_local_port_range"));
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!(range >> first >> last) || last < first) return std::nullopt;
  return last - first + 1;
}

std::uint64_t CountDescriptors(const ResourceFiles& files) {
  std::error_code error;
  std::uint64_t count = 0;
  for (auto at = std::filesystem::directory_iterator(files.proc + "/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // one was the listing's own
}

}  // namespace

Resources ReadResources(const ResourceFiles& files) {
  Resources resources;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    resources.descriptors = limit.rlim_cur;
  }
  resources.descriptors_open = CountDescriptors(files);
  resources.ports = ReadPorts(files);
  ReadMemory(files, resources);
  return resources;
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace gaikei
