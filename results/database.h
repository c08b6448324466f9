#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace gaikei {

/// What SQLite said, with its primary result code.
struct DatabaseError {
  int code = 0;
  std::string message;
  /// The file is no database, not ours, or damaged.
  bool is_corrupt() const;
  /// Disk or size limit reached.
  bool is_full() const;
  /// A later version of this program made the file.
  bool is_newer() const { return code == kNewer; }

  static constexpr int kNewer = -1;  ///< none of SQLite's
};

/// Whether an error of the database there comes from a disk that takes nothing at present: it is
/// full, read-only or failing. Not so where somebody has to give us leave, or to take away what
/// stands in the place of the file.
bool IsUnwritable(const DatabaseError& error, const std::string& path);

template <class T>
using DatabaseResult = tl::expected<T, DatabaseError>;

/// A prepared statement. Bind (parameters count from 1), Step, read columns (from 0), Reset.
class Statement {
 public:
  Statement() = default;
  Statement& Bind(int index, std::int64_t value);
  Statement& Bind(int index, double value);
  /// The text must live until the statement has been reset.
  Statement& Bind(int index, std::string_view text);
  /// Bytes, likewise.
  Statement& BindBlob(int index, std::string_view bytes);

  /// True: a row is there. False: done.
  DatabaseResult<bool> Step();
  /// Step() to its end and Reset(), for statements without rows.
  DatabaseResult<void> Run();
  void Reset();

  std::int64_t Integer(int column) const;
  double Real(int column) const;
  std::string Text(int column) const;
  /// Valid until the next Step() or Reset().
  std::string_view Blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> native_;
};

/// One SQLite connection, for one thread at a time.
class Database {
 public:
  /// ":memory:" is a database of its own in memory. Made with mode 0600 where there is none. What
  /// is no regular file is an error, never waited for.
  static DatabaseResult<Database> Open(const std::string& path);
  /// One that is there, and that stays as it is, while somebody else writes it, too.
  static DatabaseResult<Database> OpenReadOnly(const std::string& path);

  /// One that is there, and that nobody writes: nothing beside it is looked at or made.
  static DatabaseResult<Database> OpenImmutable(const std::string& path);

  DatabaseResult<void> Execute(const char* sql);
  /// REQUIRES: `sql` is right; a mistake in it is an error all the same.
  DatabaseResult<Statement> Prepare(std::string_view sql);
  /// Prepares all of them, or says what is wrong with the first that cannot be.
  struct Row {
    Statement& statement;
    std::string_view sql;
  };
  DatabaseResult<void> PrepareAll(std::initializer_list<Row> rows);
  /// First column of the first row; 0 where there is none.
  DatabaseResult<std::int64_t> Integer(const char* sql);
  /// The file that this would be; empty where it cannot be told.
  std::string Serialize() const;
  /// Between BEGIN and its end, which an error may have brought.
  bool is_in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  static DatabaseResult<Database> OpenAs(const std::string& path, int flags);

  std::unique_ptr<sqlite3, Close> native_;
};

}  // namespace gaikei
