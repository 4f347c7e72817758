-- What is asked of clouds by name grows beyond images: where machines are put is asked the same way.
alter table images rename to enquiries;

alter table enquiries rename column image to found;

alter table enquiries add column kind text not null default 'image' check (kind in ('image', 'where'));

alter table enquiries alter column kind drop default;

alter table enquiries drop constraint images_pkey, add primary key (account, kind, realm, choice);

alter index images_asked rename to enquiries_asked;
