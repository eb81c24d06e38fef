// SQLite, with the calls wrapped whose arguments are macros: values are bound by copy (SQLITE_TRANSIENT), so that no
// caller has to keep its bytes in place until the statement has run.
#ifndef SLUICE_CSQLITE_H
#define SLUICE_CSQLITE_H

#include <sqlite3.h>

static inline int sluice_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
  return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}

/// No bytes at all are an empty blob, not NULL.
static inline int sluice_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
  if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

#endif
