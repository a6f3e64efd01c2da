-- Users $1 to $2 of the only tenant: the same in every database and on every machine. Names and addresses come from
-- lists: a few first and last names are common and most last names rare, as among people.
WITH lists AS MATERIALIZED (
    SELECT string_to_array('María,José,Ana,Juan,Élodie,François,Zoë,Jürgen,Søren,Björn,Mary,James,Anna,Daniel,Andrea,Marco,Martin,Marta,Mark,Hannah,Ángel,Lucía,Sofía,Inés,Raúl,Iván,Óscar,Nicolás,Joaquín,Andrés,Chloé,Léa,Théo,Noémie,Gaëlle,Anaïs,Benoît,Jérôme,Hélène,Cécile,Müller,Käthe,Jörg,Günther,Bärbel,Åsa,Pär,Göran,Malin,Ingrid,Łukasz,Małgorzata,Paweł,Zofia,Krzysztof,Tomáš,Jiří,Lenka,Ondřej,Žofie,İbrahim,Ayşe,Çağla,Yusuf,Gül,João,Inês,Conceição,Gonçalo,Beatriz,Elizabeth,Robert,Jennifer,Michael,Linda,David,Susan,Joseph,Thomas,Karen,Christopher,Nancy,Matthew,Sandra,Ashley,Steven,Kimberly,Paul,Donna,Kenneth,Olga,Dmitri,Fatima,Mohammed,Aisha,Priya,Hiroshi,Yuki,Wei,Kwame', ',') AS first,
           string_to_array('an,ber,car,da,el,fer,gar,ha,in,jo,ko,la,mar,ne,ol,per,qui,ro,sa,to,ul,va,wa,xi,ya,ze,bo,chi,dor,esch,fu,go,hol,ill,ka,lin,mo,nor,or,pa,ra,sen,ti,un,vi,wil,yo,za,bra,cle,dri,fle,gre,kri,plo,sto,tra,vro,sky,thun,gnu,pfe,jha,zwi', ',') AS syllable,
           string_to_array('gmail.com,outlook.com,yahoo.com,hotmail.com,icloud.com,proton.me,gmx.de,web.de,orange.fr,libero.it,seznam.cz,example.org,acme.example,umbrella.example,initech.example,globex.example', ',') AS domain
), last_names AS MATERIALIZED (
    SELECT i, initcap(syllable[1 + (h & 63)] || syllable[1 + ((h >> 6) & 63)]
           || CASE WHEN h & 4096 = 0 THEN '' ELSE syllable[1 + ((h >> 13) & 63)] END
           || CASE WHEN h & 524288 = 0 THEN 's' ELSE '' END) AS name
    FROM lists, generate_series(0, 19999) i, LATERAL (SELECT hashint8extended(i, 7) AS h) hashed
), chance AS (
    SELECT n, (hashint8extended(n, 1) & 1048575) / 1048576.0::float8 AS a, (hashint8extended(n, 2) & 1048575) / 1048576.0::float8 AS b,
           hashint8extended(n, 3) & 1023 AS c, hashint8extended(n, 4) & 1048575 AS d
    FROM generate_series($1::bigint, $2::bigint) n
), people AS (
    SELECT n, d, first[1 + floor(a * sqrt(a) * 100)::int] || ' ' || last_names.name AS full_name,
           CASE WHEN d & 1 = 0 THEN search_fold(first[1 + floor(a * sqrt(a) * 100)::int]) || '.' ELSE '' END
               || lower(last_names.name) || n || '@' || CASE WHEN c < 410 THEN domain[1] ELSE domain[2 + c % 15] END AS email
    FROM lists, chance JOIN last_names ON last_names.i = floor(b * b * b * 20000)::int
), added AS (
    INSERT INTO users (tenant_id, id, email, email_key, full_name, role, tier, status, created_at, updated_at)
    SELECT tenants.id, ('01940000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, email, lower(email), full_name,
           'user', tiers.key, 'active', timestamptz '2025-01-01Z' + n * interval '30 s', timestamptz '2025-01-01Z' + n * interval '30 s'
    FROM people, tenants JOIN tiers ON tiers.tenant_id = tenants.id AND tiers.is_default
    RETURNING tenant_id, id, created_at
), never_or_once AS (
    INSERT INTO sign_ins (tenant_id, user_id, last_login_at)
    SELECT tenant_id, id, CASE WHEN hashint8extended(extract(epoch FROM created_at)::bigint, 5) & 3 > 0
           THEN created_at + (hashint8extended(extract(epoch FROM created_at)::bigint, 6) & 8388607) * interval '1 s' END
    FROM added
), seats_of_tiers AS (
    UPDATE tiers SET seats_used = seats_used + $2 - $1 + 1 WHERE is_default
)
UPDATE tenants SET seats_used = seats_used + $2 - $1 + 1
