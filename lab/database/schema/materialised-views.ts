const DAY_OF = (column: string): string => `to_timestamp(${column} / 1000)::date`;

/** The statistics that Mattermost keeps as materialised views, filled when they are made. */
export const MATERIALISED_VIEWS: Readonly<Record<string, string>> = {
  poststats: `select userid, ${DAY_OF('createat')} as day, count(*) as numposts, max(createat) as lastpostdate
    from posts group by userid, day`,
  posts_by_team_day: `select ${DAY_OF('p.createat')} as day, count(*) as num, c.teamid
    from posts p join channels c on p.channelid = c.id group by day, c.teamid`,
  bot_posts_by_team_day: `select ${DAY_OF('p.createat')} as day, count(*) as num, c.teamid
    from posts p join bots b on p.userid = b.userid join channels c on p.channelid = c.id group by day, c.teamid`,
  file_stats: `select count(*) as num, coalesce(sum(size), 0) as usage from fileinfo where deleteat = 0`,
  // What is set on whom: a choice is stored by its id and shown by its name.
  attributeview: `select pv.groupid, pv.targetid, pv.targettype, jsonb_object_agg(pf.name,
      case
        when pf.type = 'select' then (
          select to_jsonb(options.name)
          from jsonb_to_recordset(pf.attrs -> 'options') as options(id text, name text)
          where options.id = pv.value #>> '{}' limit 1)
        when pf.type = 'multiselect' and jsonb_typeof(pv.value) = 'array' then (
          select jsonb_agg(option_names.name)
          from jsonb_array_elements_text(pv.value) as option_id
          join jsonb_to_recordset(pf.attrs -> 'options') as option_names(id text, name text)
            on option_id = option_names.id)
        else pv.value
      end) as attributes
    from propertyvalues pv left join propertyfields pf on pf.id = pv.fieldid
    where (pv.deleteat = 0 or pv.deleteat is null) and (pf.deleteat = 0 or pf.deleteat is null)
    group by pv.groupid, pv.targetid, pv.targettype`,
};

export const VIEW_INDEXES = ['create index idx_poststats_userid on poststats (userid)'];
