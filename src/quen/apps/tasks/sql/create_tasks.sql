-- create_tasks: one task for each contact, once per change                                              apps/tasks/sql
-- in    contacts: contact_id      the columns of the task; change: id of the BulkChange, or NULL      now
-- out   id, contact_id            of the tasks that are new
WITH chosen AS MATERIALIZED (
    SELECT contact_id FROM {contacts} p
)
INSERT INTO tasks_task (title, kind, contact_id, assignee_id, "group", due_at, is_all_day, remind_minutes, remind_at, state,
                        result, is_advertising, origin, change_id, created_by_id, created_by_name, created_at, updated_at,
                        ended_by_name)
SELECT %(title)s, %(kind)s, contact_id, %(assignee_id)s::bigint, %(group)s, %(due_at)s::timestamptz, %(is_all_day)s,
       %(remind_minutes)s::smallint, %(remind_at)s::timestamptz, 'open', '', %(is_advertising)s, %(origin)s,
       %(change)s::bigint, %(created_by_id)s::bigint, %(created_by_name)s, %(now)s::timestamptz, %(now)s::timestamptz, ''
  FROM chosen
ON CONFLICT (change_id, contact_id) DO NOTHING
RETURNING id, contact_id
