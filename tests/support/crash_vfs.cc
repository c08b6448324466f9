#include "tests/support/crash_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace gaikei::support {
namespace {

constexpr std::size_t kSector = 512;
constexpr int kRealSector = 4096;

}  // namespace

/// What SQLite calls. An open file begins with the structure that SQLite knows.
struct CrashVfsCalls {
  struct File {
    sqlite3_file base;
    CrashVfs* vfs;
    std::shared_ptr<CrashVfs::Node>* node;
    std::uint64_t generation;
    bool syncs_names;  // the first sync makes names durable
    bool is_deleted_at_end;
  };

  static File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static CrashVfs& Of(sqlite3_vfs* vfs) { return *static_cast<CrashVfs*>(vfs->pAppData); }
  static bool IsDead(const File& file) {
    return file.vfs->is_dead_ || file.generation != file.vfs->generation_;
  }

  static int Close(sqlite3_file* raw) {
    File& file = Of(raw);
    (*file.node)->locks.erase(raw);
    delete file.node;
    file.node = nullptr;
    return SQLITE_OK;
  }

  static int Read(sqlite3_file* raw, void* to, int amount, sqlite3_int64 from) {
    File& file = Of(raw);
    if (IsDead(file)) return SQLITE_IOERR_READ;
    if (file.vfs->read_error_ != 0) return file.vfs->read_error_;
    const std::string& content = (*file.node)->now;
    const auto offset = static_cast<std::size_t>(from);
    const auto wanted = static_cast<std::size_t>(amount);
    const std::size_t there =
        offset >= content.size() ? 0 : std::min(wanted, content.size() - offset);
    if (there > 0) std::memcpy(to, content.data() + offset, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  }

  static int Write(sqlite3_file* raw, const void* from, int amount, sqlite3_int64 to) {
    File& file = Of(raw);
    if (IsDead(file) || !file.vfs->Do()) return SQLITE_IOERR_WRITE;
    if (file.vfs->write_error_ != 0) return file.vfs->write_error_;
    CrashVfs::Change change;
    change.offset = static_cast<std::uint64_t>(to);
    change.bytes.assign(static_cast<const char*>(from), static_cast<std::size_t>(amount));
    CrashVfs::Node& node = **file.node;
    const std::uint64_t end = change.offset + change.bytes.size();
    if (file.vfs->capacity_ && end > node.now.size() &&
        file.vfs->size() + (end - node.now.size()) > *file.vfs->capacity_) {
      return SQLITE_FULL;
    }
    CrashVfs::Apply(node.now, change);
    node.unsynced.push_back(std::move(change));
    return SQLITE_OK;
  }

  static int Truncate(sqlite3_file* raw, sqlite3_int64 size) {
    File& file = Of(raw);
    if (IsDead(file) || !file.vfs->Do()) return SQLITE_IOERR_TRUNCATE;
    if (file.vfs->write_error_ != 0) return file.vfs->write_error_;
    CrashVfs::Change change;
    change.cut_off_at = static_cast<std::uint64_t>(size);
    CrashVfs::Apply((*file.node)->now, change);
    (*file.node)->unsynced.push_back(std::move(change));
    return SQLITE_OK;
  }

  static int Sync(sqlite3_file* raw, int /*flags*/) {
    File& file = Of(raw);
    if (IsDead(file) || !file.vfs->Do()) return SQLITE_IOERR_FSYNC;
    CrashVfs::Node& node = **file.node;
    if (file.vfs->sync_error_ != 0) {
      node.unsynced.clear();
      return file.vfs->sync_error_;
    }
    for (const CrashVfs::Change& change : node.unsynced) CrashVfs::Apply(node.durable, change);
    node.unsynced.clear();
    if (std::exchange(file.syncs_names, false)) file.vfs->durable_names_ = file.vfs->names_;
    return SQLITE_OK;
  }

  static int FileSize(sqlite3_file* raw, sqlite3_int64* size) {
    if (IsDead(Of(raw))) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>((*Of(raw).node)->now.size());
    return SQLITE_OK;
  }

  static int Lock(sqlite3_file* raw, int level) {
    if (IsDead(Of(raw))) return SQLITE_IOERR_LOCK;
    auto& locks = (*Of(raw).node)->locks;
    for (const auto& [other, held] : locks) {
      if (other == raw || held == SQLITE_LOCK_NONE) continue;
      if (level > SQLITE_LOCK_RESERVED || held > SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
      if (level == SQLITE_LOCK_RESERVED && held == SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    }
    locks[raw] = std::max(locks[raw], level);
    return SQLITE_OK;
  }
  static int Unlock(sqlite3_file* raw, int level) {
    (*Of(raw).node)->locks[raw] = level;
    return SQLITE_OK;
  }
  static int CheckReservedLock(sqlite3_file* /*raw*/, int* is_taken) {
    *is_taken = 0;
    return SQLITE_OK;
  }
  static int FileControl(sqlite3_file* /*raw*/, int /*what*/, void* /*data*/) {
    return SQLITE_NOTFOUND;
  }
  static int SectorSize(sqlite3_file* /*raw*/) { return kRealSector; }
  static int DeviceCharacteristics(sqlite3_file* /*raw*/) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
  }

  static int ShmMap(sqlite3_file* raw, int page, int size, int is_extended, volatile void** at) {
    File& file = Of(raw);
    *at = nullptr;
    if (IsDead(file)) return SQLITE_IOERR_SHMMAP;
    auto& shared = (*file.node)->shared;
    (*file.node)->sharers.insert(raw);
    const auto wanted = static_cast<std::size_t>(page);
    if (shared.size() <= wanted) {
      if (is_extended == 0) return SQLITE_OK;
      shared.resize(wanted + 1);
    }
    if (shared[wanted].empty()) shared[wanted].resize(static_cast<std::size_t>(size));
    *at = shared[wanted].data();
    return SQLITE_OK;
  }
  static int ShmLock(sqlite3_file* raw, int /*first*/, int /*count*/, int /*flags*/) {
    return IsDead(Of(raw)) ? SQLITE_IOERR_SHMLOCK : SQLITE_OK;
  }
  static void ShmBarrier(sqlite3_file* /*raw*/) {}
  static int ShmUnmap(sqlite3_file* raw, int /*is_deleted*/) {
    CrashVfs::Node& node = **Of(raw).node;
    node.sharers.erase(raw);
    if (node.sharers.empty()) node.shared.clear();
    return SQLITE_OK;
  }

  static int Open(sqlite3_vfs* raw, sqlite3_filename name, sqlite3_file* to, int flags,
                  int* flags_out) {
    static const sqlite3_io_methods kMethods = {2,
                                                Close,
                                                Read,
                                                Write,
                                                Truncate,
                                                Sync,
                                                FileSize,
                                                Lock,
                                                Unlock,
                                                CheckReservedLock,
                                                FileControl,
                                                SectorSize,
                                                DeviceCharacteristics,
                                                ShmMap,
                                                ShmLock,
                                                ShmBarrier,
                                                ShmUnmap,
                                                nullptr,
                                                nullptr};
    CrashVfs& vfs = Of(raw);
    to->pMethods = nullptr;
    if (vfs.is_dead_) return SQLITE_CANTOPEN;
    if (vfs.open_error_ != 0) return vfs.open_error_;
    std::shared_ptr<CrashVfs::Node> node;
    bool is_created = false;
    if (name == nullptr) {
      node = std::make_shared<CrashVfs::Node>();
    } else if (const auto found = vfs.names_.find(name); found != vfs.names_.end()) {
      node = found->second;
    } else {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      node = std::make_shared<CrashVfs::Node>();
      vfs.names_[name] = node;
      is_created = true;
    }
    auto* file = new (static_cast<void*>(to)) File{};
    file->vfs = &vfs;
    file->node = new std::shared_ptr<CrashVfs::Node>(std::move(node));
    file->generation = vfs.generation_;
    file->syncs_names = is_created && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    file->base.pMethods = &kMethods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  }

  static int Delete(sqlite3_vfs* raw, const char* name, int is_synced) {
    CrashVfs& vfs = Of(raw);
    if (vfs.is_dead_ || !vfs.Do()) return SQLITE_IOERR_DELETE;
    if (vfs.names_.erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (is_synced != 0) vfs.durable_names_ = vfs.names_;
    return SQLITE_OK;
  }

  static int Access(sqlite3_vfs* raw, const char* name, int /*flags*/, int* is_there) {
    CrashVfs& vfs = Of(raw);
    const auto found = vfs.names_.find(name);
    // As the real layer has it: an empty file is none.
    *is_there = found != vfs.names_.end() && !found->second->now.empty() ? 1 : 0;
    return SQLITE_OK;
  }

  static int FullPathname(sqlite3_vfs* /*raw*/, const char* name, int size, char* to) {
    if (std::strlen(name) + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(to, name);
    return SQLITE_OK;
  }

  static int Randomness(sqlite3_vfs* raw, int size, char* to) {
    sqlite3_vfs* real = Of(raw).real_;
    return real->xRandomness(real, size, to);
  }
  static int Sleep(sqlite3_vfs* raw, int microseconds) {
    sqlite3_vfs* real = Of(raw).real_;
    return real->xSleep(real, microseconds);
  }
  static int CurrentTime(sqlite3_vfs* raw, double* now) {
    sqlite3_vfs* real = Of(raw).real_;
    return real->xCurrentTime(real, now);
  }
  static int LastError(sqlite3_vfs* /*raw*/, int /*size*/, char* /*to*/) { return 0; }
};

CrashVfs::CrashVfs() : vfs_(std::make_unique<sqlite3_vfs>()) {
  real_ = sqlite3_vfs_find(nullptr);
  vfs_->iVersion = 1;
  vfs_->szOsFile = static_cast<int>(sizeof(CrashVfsCalls::File));
  vfs_->mxPathname = real_->mxPathname;
  vfs_->zName = "crash";
  vfs_->pAppData = this;
  vfs_->xOpen = CrashVfsCalls::Open;
  vfs_->xDelete = CrashVfsCalls::Delete;
  vfs_->xAccess = CrashVfsCalls::Access;
  vfs_->xFullPathname = CrashVfsCalls::FullPathname;
  vfs_->xRandomness = CrashVfsCalls::Randomness;
  vfs_->xSleep = CrashVfsCalls::Sleep;
  vfs_->xCurrentTime = CrashVfsCalls::CurrentTime;
  vfs_->xGetLastError = CrashVfsCalls::LastError;
  sqlite3_vfs_register(vfs_.get(), 1);
}

CrashVfs::~CrashVfs() {
  sqlite3_vfs_unregister(vfs_.get());
  sqlite3_vfs_register(real_, 1);
}

bool CrashVfs::Do() {
  ++operations_;
  if (dies_in_ > 0 && --dies_in_ == 0) is_dead_ = true;
  return !is_dead_;
}

void CrashVfs::Apply(std::string& content, const Change& change) {
  if (change.cut_off_at) {
    content.resize(*change.cut_off_at);
    return;
  }
  const std::uint64_t end = change.offset + change.bytes.size();
  if (content.size() < end) content.resize(end);
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

std::string CrashVfs::Left(const Node& node, Loss loss, std::mt19937_64& random) {
  if (loss == Loss::kNone) return node.now;
  std::string left = node.durable;
  if (loss == Loss::kAll) return left;
  for (const Change& change : node.unsynced) {
    if (change.cut_off_at) {
      if (random() % 2 == 0) Apply(left, change);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size();) {
      // Sectors are those of the disk, wherever the write began.
      const std::size_t in_sector = (change.offset + at) % kSector;
      const std::size_t size = std::min(kSector - in_sector, change.bytes.size() - at);
      if (random() % 2 == 0) {
        Apply(left, {change.offset + at, change.bytes.substr(at, size), std::nullopt});
      }
      at += size;
    }
  }
  return left;
}

void CrashVfs::Crash(Loss loss, std::mt19937_64& random) {
  Names left;
  const auto keep = [&](const std::string& name, const std::shared_ptr<Node>& node) {
    auto copy = std::make_shared<Node>();
    copy->now = Left(*node, loss, random);
    copy->durable = copy->now;
    left[name] = std::move(copy);
  };
  for (const auto& [name, node] : names_) {
    const auto durable = durable_names_.find(name);
    const bool is_durable = durable != durable_names_.end() && durable->second == node;
    if (is_durable || loss == Loss::kNone || (loss == Loss::kRandom && random() % 2 == 0)) {
      keep(name, node);
    }
  }
  for (const auto& [name, node] : durable_names_) {
    const bool is_deleted = !names_.contains(name);
    // A deletion that no sync of the directory has followed may not have happened.
    if (is_deleted && loss != Loss::kNone && (loss == Loss::kAll || random() % 2 == 0)) {
      keep(name, node);
    }
  }
  names_ = left;
  durable_names_ = std::move(left);
  ++generation_;
  is_dead_ = false;
  dies_in_ = 0;
}

std::string CrashVfs::Content(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? std::string() : found->second->now;
}

std::uint64_t CrashVfs::size() const {
  std::uint64_t size = 0;
  for (const auto& [name, node] : names_) size += node->now.size();
  return size;
}

}  // namespace gaikei::support
